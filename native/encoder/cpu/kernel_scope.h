// Where a kernel may be used: a thread is made ready for it, and ready for other code again.
#pragma once

namespace densenode::cpu {
namespace {

// Enter and leave of kernels that need nothing.
inline void Nothing() {}

}  // namespace

template <typename Kernel>
class KernelScope {
 public:
  explicit KernelScope(const Kernel& kernel) : kernel_(kernel) { kernel_.enter(); }
  ~KernelScope() { kernel_.leave(); }
  KernelScope(const KernelScope&) = delete;
  KernelScope& operator=(const KernelScope&) = delete;

 private:
  const Kernel& kernel_;
};

}  // namespace densenode::cpu
