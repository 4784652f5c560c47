#include "index/device_family.h"

#include <faiss/IndexFlat.h>
#include <faiss/IndexIVFFlat.h>
#include <faiss/IndexIVFPQ.h>
#include <faiss/IndexIVFPQR.h>
#include <faiss/IndexScalarQuantizer.h>

#include <algorithm>
#include <array>
#include <typeinfo>

#include "common/error.h"
#include "index/faiss_layers.h"

namespace densenode {
namespace {

// FAISS scans PQ codes with kernels made for these lengths.
constexpr std::array<std::size_t, 16> kPqLengths{1, 2, 3, 4, 8, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64, 96};

// Their ranges, two floats a dimension, lie in the 48 KiB of shared memory that every GPU has.
constexpr int kMostScalarDimensions = 6144;

[[noreturn]] void Unsupported(const std::string& factory, const std::string& reason) {
  Fail(ErrorCode::kIndexUnsupported, "the index \"", factory, "\" has no GPU form: ", reason,
       ". Families with one: Flat, SQfp16, \"IVFn,Flat\", \"IVFn,SQ4|SQ6|SQ8|SQfp16\" and \"IVFn,PQm\", also "
       "behind PCA, OPQ and the like");
}

bool ScalarQuantizerOnDevice(faiss::ScalarQuantizer::QuantizerType type) {
  using Scalar = faiss::ScalarQuantizer;
  return type == Scalar::QT_8bit || type == Scalar::QT_4bit || type == Scalar::QT_6bit ||
         type == Scalar::QT_fp16;
}

std::string PqLengths() {
  std::string list;
  for (std::size_t length : kPqLengths) list += (list.empty() ? "" : ", ") + std::to_string(length);
  return list;
}

void CheckIvf(const faiss::IndexIVF& ivf, const std::string& factory) {
  if (ivf.metric_type != faiss::METRIC_L2 && ivf.metric_type != faiss::METRIC_INNER_PRODUCT) {
    Unsupported(factory, "IVF works with metrics \"ip\", \"cosine\" and \"l2\" there");
  }
  if (!dynamic_cast<const faiss::IndexFlat*>(ivf.quantizer)) {
    Unsupported(factory,
                "its coarse quantizer must be a plain one (\"IVFn\", not \"IVFn_HNSWm\" or \"IMI\")");
  }
  if (typeid(ivf) == typeid(faiss::IndexIVFFlat)) return;
  if (const auto* sq = dynamic_cast<const faiss::IndexIVFScalarQuantizer*>(&ivf)) {
    if (!ScalarQuantizerOnDevice(sq->sq.qtype)) Unsupported(factory, "this scalar quantizer is not there");
    if (sq->sq.qtype != faiss::ScalarQuantizer::QT_fp16 && ivf.d >= kMostScalarDimensions) {
      Unsupported(factory, "SQ4, SQ6 and SQ8 work below " + std::to_string(kMostScalarDimensions) +
                               " dimensions there");
    }
    return;
  }
  if (typeid(ivf) != typeid(faiss::IndexIVFPQ)) {
    Unsupported(factory, "fast scan, RaBitQ and other codes of IVF are not there");
  }
  const auto& pq = dynamic_cast<const faiss::IndexIVFPQ&>(ivf);
  if (pq.pq.nbits != 8) Unsupported(factory, "PQ must have 8 bits a code");
  if (!pq.by_residual) Unsupported(factory, "PQ must code residuals");
  if (std::find(kPqLengths.begin(), kPqLengths.end(), pq.pq.M) == kPqLengths.end()) {
    Unsupported(factory, "m of PQm must be one of " + PqLengths());
  }
}

}  // namespace

void CheckDeviceFamily(const faiss::Index& index, const std::string& factory, Storage storage) {
  const FaissLayers layers(const_cast<faiss::Index&>(index));
  if (layers.refine) Unsupported(factory, "refinement is not there");
  if (layers.hnsw) Unsupported(factory, "HNSW is not there");
  if (layers.ivf) {
    CheckIvf(*layers.ivf, factory);
  } else if (const auto* sq = dynamic_cast<const faiss::IndexScalarQuantizer*>(layers.base)) {
    if (sq->sq.qtype != faiss::ScalarQuantizer::QT_fp16) {
      Unsupported(factory, "of the scalar quantizers without IVF only SQfp16 is there");
    }
  } else if (!dynamic_cast<const faiss::IndexFlat*>(layers.base)) {
    Unsupported(factory, "PQ and RaBitQ without IVF and fast scan are not there");
  }
  if (storage == Storage::kHalf && !dynamic_cast<const faiss::IndexFlat*>(layers.base)) {
    Fail(ErrorCode::kInvalidArgument,
         "storage \"fp16\" is for Flat; the factory string says how other families store vectors, such as "
         "\"IVFn,SQfp16\", but this index is \"",
         factory, "\"");
  }
}

}  // namespace densenode
