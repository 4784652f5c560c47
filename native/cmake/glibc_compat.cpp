// The C++ run time that is linked in calls arc4random where the build machine's glibc has it (2.36). This
// definition takes its place, so that the addon loads on glibc 2.34 (RHEL 9, Ubuntu 22.04) too.
#include <sys/random.h>

#include <cstdint>
#include <cstdlib>

extern "C" uint32_t arc4random() noexcept {
  uint32_t value = 0;
  if (getrandom(&value, sizeof(value), 0) != sizeof(value)) std::abort();  // cannot fail for 4 bytes
  return value;
}
