// OpenBLAS. Its thread count is process-wide: one by default, all of the budget while a wide task runs alone.
#pragma once

#include <string>

namespace densenode {

void SetBlasThreads(int threads);
std::string BlasDescription();  // version and build

}  // namespace densenode
