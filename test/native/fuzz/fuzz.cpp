#include "fuzz.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

#include "common/error.h"
#include "mutator.h"

// Of sanitizers: called before they end the process.
extern "C" void __sanitizer_set_death_callback(void (*)()) __attribute__((weak));

namespace densenode::fuzz {
namespace {

constexpr unsigned kSecondsPerInput = 20;

const Target* current_target = nullptr;
std::string current_input;

// With functions alone that signal handlers may call.
void KeepFinding() {
  const int fd =
      ::open((std::string("finding-") + current_target->name).c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (fd < 0) return;
  [[maybe_unused]] const auto written = ::write(fd, current_input.data(), current_input.size());
  ::close(fd);
}

void OnSignal(int number) {
  KeepFinding();
  ::signal(number, SIG_DFL);
  ::raise(number);
}

void KeepFindings() {
  if (__sanitizer_set_death_callback) {
    __sanitizer_set_death_callback(KeepFinding);
    ::signal(SIGALRM, OnSignal);
    return;
  }
  for (int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM}) ::signal(number, OnSignal);
}

double CpuSeconds() {
  timespec time;
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace

std::string Refusal(const Target& target, const std::string& input) {
  try {
    target.run(input);
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

Outcome Fuzz(const Target& target, const Limits& limits) {
  current_target = &target;
  KeepFindings();
  Mutator mutator(target, limits.seed);
  Outcome outcome;
  const double end = CpuSeconds() + limits.seconds;
  while ((limits.rounds == 0 || outcome.rounds < limits.rounds) &&
         (limits.seconds == 0 || CpuSeconds() < end)) {
    current_input = mutator.Next();
    ::alarm(kSecondsPerInput);
    outcome.valid += Refusal(target, current_input).empty();
    ++outcome.rounds;
  }
  ::alarm(0);
  return outcome;
}

}  // namespace densenode::fuzz
