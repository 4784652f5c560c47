#include "common/blas_threads.h"

// The PyPI build of OpenBLAS prefixes its symbols so that it can live beside another BLAS in one process.
extern "C" {
void scipy_openblas_set_num_threads(int threads);
char* scipy_openblas_get_config();
}

namespace densenode {

void SetBlasThreads(int threads) { scipy_openblas_set_num_threads(threads); }
std::string BlasDescription() { return scipy_openblas_get_config(); }

}  // namespace densenode
