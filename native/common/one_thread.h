// For work that a thread outside the pool does by itself: while this lives, OpenMP and BLAS use that thread
// alone, as they do in the pool.
#pragma once

namespace densenode {

class OneThread {
 public:
  OneThread();
  ~OneThread();
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int openmp_threads_;
};

}  // namespace densenode
