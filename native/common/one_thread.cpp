#include "common/one_thread.h"

#include <omp.h>

#include "common/executor.h"

namespace densenode {

OneThread::OneThread() : openmp_threads_(omp_get_max_threads()) {
  Executor::Get();  // which sets BLAS
  omp_set_num_threads(1);
}

OneThread::~OneThread() { omp_set_num_threads(openmp_threads_); }

}  // namespace densenode
