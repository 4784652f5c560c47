#include "text/pre_tokenizer/delimiter_cutter.h"

namespace densenode {

DelimiterBehavior ParseDelimiterBehavior(const JsonField& field) {
  const std::string& name = field.String();
  if (name == "Removed") return DelimiterBehavior::kRemoved;
  if (name == "Isolated") return DelimiterBehavior::kIsolated;
  if (name == "MergedWithPrevious") return DelimiterBehavior::kMergedWithPrevious;
  if (name == "MergedWithNext") return DelimiterBehavior::kMergedWithNext;
  if (name == "Contiguous") return DelimiterBehavior::kContiguous;
  field.Invalid("Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous");
}

}  // namespace densenode
