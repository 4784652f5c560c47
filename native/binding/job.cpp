#include "binding/job.h"

#include "binding/arrays.h"
#include "binding/environment.h"
#include "binding/errors.h"
#include "common/executor.h"

namespace densenode::binding {

Job::Job(Napi::Env env) : env_(env), environment_(Environment::Of(env)), cancellation_(new Cancellation) {}

void Job::Pin(Napi::Value value) {
  napi_ref reference;
  if (napi_create_reference(env_, value, 1, &reference) == napi_ok) pins_.push_back(reference);
}

std::span<const std::int64_t> Job::PinInt64s(Napi::Value value) {
  if (!value.IsTypedArray()) return {};
  Pin(value);
  return Int64s(value);
}

std::span<float> Job::PinFloats(Napi::Value value) {
  if (!value.IsTypedArray()) return {};
  Pin(value);
  return Floats(value);
}

std::function<void(std::size_t)> Job::OnProgress(Napi::Value callback) {
  if (!callback.IsFunction()) return nullptr;
  napi_create_reference(env_, callback, 1, &progress_callback_);
  return [weak = weak_from_this()](std::size_t count) {
    if (const auto alive = weak.lock()) alive->Progress(count);
  };
}

Napi::Promise Job::Start(const std::function<void(Done)>& start,
                         std::function<Napi::Value(Napi::Env)> make_result) {
  napi_value promise;
  if (napi_create_promise(env_, &deferred_, &promise) != napi_ok)
    throw Napi::Error::New(env_, "densenode: cannot create a promise");
  make_result_ = std::move(make_result);
  environment_->Started(shared_from_this());
  Done done = [self = shared_from_this()](std::exception_ptr error) { self->Finish(error); };
  try {
    start(done);
  } catch (...) {
    done(std::current_exception());
  }
  return Napi::Promise(env_, promise);
}

Napi::Promise Job::StartBlocking(std::function<void()> work,
                                 std::function<Napi::Value(Napi::Env)> make_result) {
  return Start(
      [&](Done done) {
        Executor::Get().Run(Executor::Width::kOne, cancellation_, std::move(work), std::move(done));
      },
      std::move(make_result));
}

Napi::Promise Job::StartChange(Strand::List strands, bool wide, std::function<void()> work,
                               std::function<Napi::Value(Napi::Env)> make_result) {
  return Start(
      [&](Done done) {
        Strand::Run(std::move(strands), wide ? Executor::Width::kAll : Executor::Width::kOne, cancellation_,
                    std::move(work), std::move(done));
      },
      std::move(make_result));
}

void Job::Finish(std::exception_ptr error) {
  error_ = error;
  environment_->Finished(shared_from_this());
}

void Job::Progress(std::size_t count) {
  progress_.store(count);
  environment_->Progressed(shared_from_this());
}

void Job::ReportProgress(Napi::Env env) {
  if (!progress_callback_) return;  // settled already
  Napi::HandleScope scope(env);
  napi_value callback, undefined, count, ignored;
  if (napi_get_reference_value(env, progress_callback_, &callback) != napi_ok || !callback) return;
  napi_get_undefined(env, &undefined);
  napi_create_double(env, static_cast<double>(progress_.load()), &count);
  if (napi_call_function(env, undefined, callback, 1, &count, &ignored) == napi_pending_exception) {
    // lib/ catches what a caller's callback throws; what arrives here is a terminating worker.
    napi_value exception;
    napi_get_and_clear_last_exception(env, &exception);
  }
}

// Plain C calls whose failure is ignored: in a terminating worker every call that runs JavaScript fails, and
// nobody is left to be told.
void Job::Settle(Napi::Env env) {
  Napi::HandleScope scope(env);
  napi_value value = nullptr;
  if (!error_) {
    try {
      value = make_result_(env);
    } catch (...) {
      error_ = std::current_exception();
    }
  }
  if (error_) {
    value = MakeError(env, error_);
    if (value) napi_reject_deferred(env, deferred_, value);
  } else {
    napi_resolve_deferred(env, deferred_, value);
  }
  for (napi_ref pin : pins_) napi_delete_reference(env, pin);
  if (progress_callback_) napi_delete_reference(env, progress_callback_);
  pins_.clear();
  progress_callback_ = nullptr;
  make_result_ = nullptr;
}

}  // namespace densenode::binding
