#include "common/error.h"
#include "index/vector_index.h"

namespace densenode {

const char* MetricName(Metric metric) {
  switch (metric) {
    case Metric::kInnerProduct:
      return "ip";
    case Metric::kL2:
      return "l2";
    case Metric::kCosine:
      return "cosine";
    case Metric::kL1:
      return "l1";
  }
  return "unknown";
}

Metric ParseMetric(std::string_view name) {
  for (Metric metric : {Metric::kInnerProduct, Metric::kL2, Metric::kCosine, Metric::kL1}) {
    if (name == MetricName(metric)) return metric;
  }
  Fail(ErrorCode::kInvalidArgument, "metric must be one of \"ip\", \"l2\", \"cosine\", \"l1\", but got \"",
       name, "\"");
}

}  // namespace densenode
