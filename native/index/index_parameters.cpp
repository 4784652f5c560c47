#include "index/index_parameters.h"

#include <faiss/IndexIVFFastScan.h>
#include <faiss/IndexIVFRaBitQ.h>
#include <faiss/IndexRaBitQ.h>

#include <algorithm>
#include <cmath>

#include "common/error.h"
#include "index/device_backend.h"
#include "index/faiss_layers.h"

namespace densenode {
namespace {

// FAISS keeps a table of this many candidates a query.
constexpr double kMostCandidates = 1 << 20;
// Above 2^53 a double is no exact count.
constexpr double kMostCodes = 9007199254740992.0;

FaissLayers LayersOf(const faiss::Index& index) { return FaissLayers(const_cast<faiss::Index&>(index)); }

void AddGraph(faiss::HNSW& graph, const std::string& prefix, std::vector<ParameterField>& fields) {
  fields.push_back({{prefix + "efSearch", 1, kMostCandidates}, &graph.efSearch});
  fields.push_back({{prefix + "efConstruction", 1, kMostCandidates, true, ParameterUse::kBuilding},
                    &graph.efConstruction});
}

bool UsableFor(const IndexParameter& parameter, ParameterUse use) {
  return use == ParameterUse::kBuilding || parameter.use == use;
}

std::string Names(const std::vector<IndexParameter>& parameters, ParameterUse use) {
  std::string names;
  for (const IndexParameter& each : parameters) {
    if (UsableFor(each, use)) names += (names.empty() ? "" : ", ") + each.name;
  }
  return names.empty() ? "it has none" : "it has: " + names;
}

}  // namespace

double ParameterField::value() const {
  return std::visit([](const auto* place) { return static_cast<double>(*place); }, field);
}

void ParameterField::Set(double value) const {
  std::visit([&]<typename T>(T* place) { *place = static_cast<T>(value); }, field);
}

std::vector<ParameterField> ParameterFields(faiss::Index& index) {
  const FaissLayers layers(index);
  std::vector<ParameterField> fields;
  if (layers.ivf) {
    fields.push_back({{"nprobe", 1, static_cast<double>(layers.ivf->nlist)}, &layers.ivf->nprobe});
    if (!dynamic_cast<faiss::IndexIVFFastScan*>(layers.ivf)) {
      fields.push_back({{"max_codes", 0, kMostCodes}, &layers.ivf->max_codes});
    }
    if (auto* quantizer = dynamic_cast<faiss::IndexHNSW*>(layers.ivf->quantizer)) {
      AddGraph(quantizer->hnsw, "quantizer_", fields);
    }
    if (auto* rabitq = dynamic_cast<faiss::IndexIVFRaBitQ*>(layers.ivf)) {
      fields.push_back({{"qb", 0, 8}, &rabitq->qb});
    }
  }
  if (layers.hnsw) AddGraph(layers.hnsw->hnsw, "", fields);
  if (auto* rabitq = dynamic_cast<faiss::IndexRaBitQ*>(layers.base)) {
    fields.push_back({{"qb", 0, 8}, &rabitq->qb});
  }
  if (layers.refine) {
    fields.push_back({{"k_factor", 1, kMostCandidates, false}, &layers.refine->k_factor});
  }
  return fields;
}

std::vector<IndexParameter> ParametersOf(const faiss::Index& index) {
  const auto fields = ParameterFields(const_cast<faiss::Index&>(index));
  return {fields.begin(), fields.end()};
}

std::vector<IndexParameter> DeviceParametersOf(const faiss::Index& index) {
  const FaissLayers layers = LayersOf(index);
  if (!layers.ivf) return {};
  return {{"nprobe", 1, static_cast<double>(std::min(layers.ivf->nlist, kMostDeviceResults))}};
}

void CheckParameters(const std::vector<IndexParameter>& known, const VectorIndex::Parameters& given,
                     ParameterUse use) {
  for (const auto& [name, value] : given) {
    const auto found = std::find_if(known.begin(), known.end(),
                                    [&](const IndexParameter& each) { return each.name == name; });
    const char* kind = use == ParameterUse::kSearch ? "search parameter" : "parameter";
    if (found == known.end()) {
      Fail(ErrorCode::kInvalidArgument, "this index has no ", kind, " \"", name, "\"; ", Names(known, use));
    }
    if (!UsableFor(*found, use)) {
      Fail(ErrorCode::kInvalidArgument, "\"", name, "\" is for building the index, not for a search, where ",
           Names(known, use));
    }
    if (!(value >= found->least && value <= found->most) || (found->whole && value != std::floor(value))) {
      Fail(ErrorCode::kInvalidArgument, kind, " \"", name, "\" must be a ", found->whole ? "whole " : "",
           "number from ", static_cast<long long>(found->least), " to ", static_cast<long long>(found->most),
           ", but got ", value);
    }
  }
}

void SetParameters(faiss::Index& index, const VectorIndex::Parameters& parameters) {
  if (parameters.empty()) return;
  CheckParameters(ParametersOf(index), parameters, ParameterUse::kBuilding);
  for (const ParameterField& each : ParameterFields(index)) {
    if (const auto given = parameters.find(each.name); given != parameters.end()) each.Set(given->second);
  }
}

void CopyParameters(const faiss::Index& from, faiss::Index& to) {
  const auto values = ParameterFields(const_cast<faiss::Index&>(from));
  const auto places = ParameterFields(to);
  for (std::size_t i = 0; i < std::min(values.size(), places.size()); ++i) places[i].Set(values[i].value());
}

VectorIndex::Parameters SearchParametersOf(const faiss::Index& index) {
  VectorIndex::Parameters values;
  for (const ParameterField& each : ParameterFields(const_cast<faiss::Index&>(index))) {
    if (each.use == ParameterUse::kSearch) values[each.name] = each.value();
  }
  return values;
}

}  // namespace densenode
