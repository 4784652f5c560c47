// Lets a Cancellation stop long FAISS work (k-means, large searches). FAISS polls one process-wide callback;
// this one asks the cancellation of the work that the polling thread is doing.
#pragma once

#include "common/cancellation.h"

namespace densenode {

class InterruptScope {
 public:
  // From here to the end of the scope, FAISS calls of this thread throw once `cancellation` (may be null) is
  // requested.
  explicit InterruptScope(const Cancellation* cancellation);
  ~InterruptScope();
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;

 private:
  const Cancellation* outer_;
};

// Runs body() in an InterruptScope; an engine failure after a request is reported as kAborted.
template <typename Body>
void Interruptible(const Cancellation* cancellation, Body&& body) {
  InterruptScope scope(cancellation);
  try {
    body();
  } catch (...) {
    if (cancellation) cancellation->ThrowIfRequested();
    throw;
  }
}

}  // namespace densenode
