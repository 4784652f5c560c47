// The filter of a search (SearchFilter in binding.d.ts).
#pragma once

#include <napi.h>

#include <memory>

#include "binding/job.h"
#include "common/filter.h"

namespace densenode::binding {

// Null for null and undefined. Its arrays are read in place, pinned by the job; `job` is null for a call that
// ends before it returns.
std::shared_ptr<const Filter> FilterOption(const Napi::Value& value, Job* job);

}  // namespace densenode::binding
