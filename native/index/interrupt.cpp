#include "index/interrupt.h"

#include <faiss/impl/AuxIndexStructures.h>

#include <memory>
#include <mutex>

namespace densenode {
namespace {

thread_local const Cancellation* current = nullptr;

struct AskCurrent : faiss::InterruptCallback {
  bool want_interrupt() override { return current && current->requested(); }
};

}  // namespace

InterruptScope::InterruptScope(const Cancellation* cancellation) : outer_(current) {
  static std::once_flag installed;
  std::call_once(installed, [] { faiss::InterruptCallback::instance = std::make_unique<AskCurrent>(); });
  current = cancellation;
}

InterruptScope::~InterruptScope() { current = outer_; }

}  // namespace densenode
