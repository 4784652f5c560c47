#include "binding/environment.h"

#include <algorithm>

#include "binding/job.h"
#include "binding/process_exit.h"

namespace densenode::binding {

void Environment::Attach(Napi::Env env) {
  auto environment = std::make_shared<Environment>();
  auto* data = new Data;
  data->environment = environment;
  env.SetInstanceData(data);
  napi_value name;
  napi_create_string_utf8(env, "densenode", NAPI_AUTO_LENGTH, &name);
  if (napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, environment.get(),
                                      OnWake, &environment->wake_) != napi_ok)
    throw Napi::Error::New(env, "densenode: cannot create its thread-safe function");
  napi_unref_threadsafe_function(env, environment->wake_);
  RegisterEnvironment(environment);
  // Hooks run last in, first out: this one ends the jobs before the thread-safe function goes.
  napi_add_env_cleanup_hook(env, CleanupHook, new std::shared_ptr<Environment>(environment));
}

void Environment::CleanupHook(void* data) {
  auto* environment = static_cast<std::shared_ptr<Environment>*>(data);
  (*environment)->Close();
  delete environment;
}

void Environment::Started(std::shared_ptr<Job> job) {
  if (unsettled_++ == 0) napi_ref_threadsafe_function(job->env(), wake_);
  std::lock_guard lock(mutex_);
  running_.push_back(std::move(job));
}

void Environment::Wake() {
  if (wake_pending_) return;
  wake_pending_ = true;
  napi_call_threadsafe_function(wake_, nullptr, napi_tsfn_nonblocking);
}

void Environment::Finished(std::shared_ptr<Job> job) {
  std::lock_guard lock(mutex_);
  running_.erase(std::find(running_.begin(), running_.end(), job));
  if (closed_) {
    idle_.notify_all();
    return;
  }
  finished_.push_back(std::move(job));
  Wake();
}

void Environment::Progressed(std::shared_ptr<Job> job) {
  std::lock_guard lock(mutex_);
  if (closed_ || std::find(progressed_.begin(), progressed_.end(), job) != progressed_.end()) return;
  progressed_.push_back(std::move(job));
  Wake();
}

void Environment::OnWake(napi_env env, napi_value, void* context, void*) {
  if (env) static_cast<Environment*>(context)->Deliver(env);
}

// One wake-up settles everything that has ended since the last.
void Environment::Deliver(Napi::Env env) {
  std::vector<std::shared_ptr<Job>> finished, progressed;
  {
    std::lock_guard lock(mutex_);
    wake_pending_ = false;
    finished.swap(finished_);
    progressed.swap(progressed_);
  }
  for (auto& job : progressed) job->ReportProgress(env);
  for (auto& job : finished) {
    job->Settle(env);
    if (--unsettled_ == 0) napi_unref_threadsafe_function(env, wake_);
  }
}

void Environment::CancelJobs() {
  std::vector<std::shared_ptr<Job>> jobs;
  {
    std::lock_guard lock(mutex_);
    jobs = running_;
  }
  for (auto& job : jobs) job->Cancel();
}

void Environment::Close() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  CancelJobs();
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return running_.empty(); });
}

}  // namespace densenode::binding
