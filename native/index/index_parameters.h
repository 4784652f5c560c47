// The parameters of an index by FAISS's names: which its family has, their ranges, reading and setting them.
#pragma once

#include <faiss/Index.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "index/vector_index.h"

namespace densenode {

enum class ParameterUse { kSearch, kBuilding };  // what it changes: every search, or how vectors are added

struct IndexParameter {
  std::string name;
  double least = 0;
  double most = 0;
  bool whole = true;  // whole numbers only
  ParameterUse use = ParameterUse::kSearch;
};

// A parameter with its place in a FAISS index.
struct ParameterField : IndexParameter {
  std::variant<std::size_t*, int*, float*, std::uint8_t*> field;
  double value() const;
  void Set(double value) const;  // in range
};

// Those that this index has: nprobe, max_codes, quantizer_efSearch, efSearch, qb, k_factor for searches,
// efConstruction and quantizer_efConstruction for building.
std::vector<ParameterField> ParameterFields(faiss::Index& index);
std::vector<IndexParameter> ParametersOf(const faiss::Index& index);

// Those that a search on a device has: nprobe.
std::vector<IndexParameter> DeviceParametersOf(const faiss::Index& index);

// Throws INVALID_ARGUMENT for a name that is not among the known ones, or not for this use (building knows
// all), and for a value out of range.
void CheckParameters(const std::vector<IndexParameter>& known, const VectorIndex::Parameters& given,
                     ParameterUse use);

// Checks them as for building, and sets them all or none.
void SetParameters(faiss::Index& index, const VectorIndex::Parameters& parameters);
// To an index of the same shape.
void CopyParameters(const faiss::Index& from, faiss::Index& to);
// What a search without parameters of its own uses.
VectorIndex::Parameters SearchParametersOf(const faiss::Index& index);

}  // namespace densenode
