// BLAS threads are process-wide in OpenBLAS: one by default, all of the budget while a wide task runs alone.
#pragma once

namespace densenode {
void SetBlasThreads(int threads);
}
