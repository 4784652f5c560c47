// One asynchronous call: a promise, the values it pins, and the native work behind it. It goes through three
// phases: on the JavaScript thread its arguments are read and pinned, on pool threads only native memory is
// touched, back on the JavaScript thread the pins are released and the promise settles, exactly once.
#pragma once

#include <napi.h>

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "common/cancellation.h"
#include "common/strand.h"

namespace densenode::binding {

class Environment;

// Result of a job that has none.
inline Napi::Value Undefined(Napi::Env env) { return env.Undefined(); }
// Result of a job that counts: the number that is in `count` when the work has ended.
inline std::function<Napi::Value(Napi::Env)> NumberOf(std::shared_ptr<const std::size_t> count) {
  return
      [count](Napi::Env env) -> Napi::Value { return Napi::Number::New(env, static_cast<double>(*count)); };
}

class Job : public std::enable_shared_from_this<Job> {
 public:
  using Done = std::function<void(std::exception_ptr)>;

  explicit Job(Napi::Env env);

  // Keeps `value` (a typed array that native code reads or writes, say) alive until the job settles.
  void Pin(Napi::Value value);
  // Cancellation of the job: the caller's, or one of its own so that an ending environment can always stop
  // it.
  void Use(std::shared_ptr<Cancellation> cancellation) { cancellation_ = std::move(cancellation); }
  const std::shared_ptr<Cancellation>& cancellation() const { return cancellation_; }
  // Pins a typed array; its elements, in place. Empty for what is none.
  std::span<const std::int64_t> PinInt64s(Napi::Value value);
  std::span<float> PinFloats(Napi::Value value);
  // `callback` is called on the JavaScript thread with the latest count given to the function returned, which
  // any thread may call, also when the job is no more. Empty where `callback` is no function.
  std::function<void(std::size_t)> OnProgress(Napi::Value callback);

  // Calls start(done) at once; `done` may be called from any thread. The promise resolves with
  // make_result(env), which runs on the JavaScript thread, or rejects with the exception given to `done`.
  Napi::Promise Start(const std::function<void(Done)>& start,
                      std::function<Napi::Value(Napi::Env)> make_result);
  // The same for work that blocks: runs on one pool thread.
  Napi::Promise StartBlocking(std::function<void()> work, std::function<Napi::Value(Napi::Env)> make_result);
  // The same when its turn has come in `strands`; work that uses all threads by itself is `wide`.
  Napi::Promise StartChange(Strand::List strands, bool wide, std::function<void()> work,
                            std::function<Napi::Value(Napi::Env)> make_result);

  void Cancel() { cancellation_->Request(); }
  napi_env env() const { return env_; }

  // For Environment, on the JavaScript thread.
  void ReportProgress(Napi::Env env);
  void Settle(Napi::Env env);

 private:
  void Progress(std::size_t count);  // any thread
  void Finish(std::exception_ptr error);

  napi_env env_;
  std::shared_ptr<Environment> environment_;
  napi_deferred deferred_ = nullptr;
  std::vector<napi_ref> pins_;
  napi_ref progress_callback_ = nullptr;
  std::atomic<std::size_t> progress_{0};
  std::shared_ptr<Cancellation> cancellation_;
  std::function<Napi::Value(Napi::Env)> make_result_;
  std::exception_ptr error_;
};

}  // namespace densenode::binding
