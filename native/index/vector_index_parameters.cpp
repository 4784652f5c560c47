// The parameters of a VectorIndex: read by every search, changed by none.
#include <utility>

#include "index/vector_index_parts.h"

namespace densenode {

const std::vector<IndexParameter>& VectorIndex::Parts::Family::ParametersAt(const Place& where) const {
  return where.is_cuda() ? device_parameters : parameters;
}

std::vector<IndexParameter> VectorIndex::parameters() const {
  return parts_->family.load()->ParametersAt(device());
}

void VectorIndex::CheckSearchParameters(const SearchParameters& given) const {
  const auto family = parts_->family.load();
  CheckParameters(family->ParametersAt(device()), given, ParameterUse::kSearch);
}

void VectorIndex::SetSearchParameters(const SearchParameters& given) {
  Parts& p = *parts_;
  std::lock_guard change(p.change);
  p.CheckUsable();
  CheckParameters(p.family.load()->parameters, given, ParameterUse::kSearch);
  Parameters merged = given;
  merged.insert(p.options.parameters.begin(), p.options.parameters.end());
  const auto write = p.Write();
  SetParameters(*p.index, given);
  p.search_parameters = std::make_shared<const SearchParameters>(SearchParametersOf(*p.index));
  p.options.parameters = std::move(merged);
}

VectorIndex::SearchParameters VectorIndex::search_parameters() const {
  return *parts_->search_parameters.load();
}

}  // namespace densenode
