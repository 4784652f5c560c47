#include "encoder/transformer_weights.h"

namespace densenode {

TransformerWeights::TransformerWeights(const TransformerSpec& spec, const Checkpoint& checkpoint)
    : spec_(spec),
      checkpoint_(checkpoint),
      prefix_(checkpoint.Has(spec.prefix + spec.embeddings.words.weight.name) ? spec.prefix : "") {}

std::string TransformerWeights::NameInFile(const std::string& name) const {
  const std::string today = prefix_ + name;
  if (checkpoint_.Has(today)) return today;
  for (const auto& [end, old_end] : spec_.renamed) {
    if (!today.ends_with(end)) continue;
    const std::string old = today.substr(0, today.size() - end.size()) + old_end;
    if (checkpoint_.Has(old)) return old;
  }
  return today;
}

StoredTensor TransformerWeights::Find(const TensorPlace& place, const std::vector<std::size_t>& shape) const {
  std::vector<std::int64_t> in_file(shape.begin(), shape.end());
  if (place.rows_in_all == 0) return checkpoint_.Find(NameInFile(place.name), in_file);
  in_file.front() = static_cast<std::int64_t>(place.rows_in_all);
  return checkpoint_.Find(NameInFile(place.name), in_file).Rows(place.first_row, shape.front());
}

}  // namespace densenode
