// State of one JavaScript environment (the main thread or a worker thread): its classes, its jobs in flight
// and the one wake-up through which finished jobs reach its event loop.
//
// A worker may end at any moment. When an environment ends, its jobs are cancelled and waited for, because
// they read and write memory that dies with it; results that nobody can receive are dropped.
#pragma once

#include <napi.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

namespace densenode::binding {

class Job;

class Environment {
 public:
  // Creates the state of `env`; called once, when the addon is loaded into it.
  static void Attach(Napi::Env env);

  // What lives exactly as long as the JavaScript environment: its Environment, which jobs may keep longer,
  // and the classes that native code makes instances of.
  struct Data {
    std::shared_ptr<Environment> environment;
    Napi::FunctionReference binary_index, cancellation, text_list, tokenizer, embedding_model, lexical_index,
        linear_adapter, multi_vector_encoder, reranker, sparse_encoder, sparse_index, vector_index;
  };
  static Data& DataOf(Napi::Env env) { return *env.GetInstanceData<Data>(); }
  static std::shared_ptr<Environment> Of(Napi::Env env) { return DataOf(env).environment; }

  // JavaScript thread.
  void Started(std::shared_ptr<Job> job);
  // Any thread: the native part of `job` is over, or it has progress to tell.
  void Finished(std::shared_ptr<Job> job);
  void Progressed(std::shared_ptr<Job> job);

  // Whether this thread may do work of a few microseconds itself that was asked for with a promise. Not every
  // time: who awaits such promises one after another never lets the event loop turn. JavaScript thread.
  bool MayWorkHere() { return ++worked_here_ % kWorksInARow != 0; }

  // Raises the flags of all jobs in flight; any thread.
  void CancelJobs();

 private:
  static void CleanupHook(void* data);
  static void OnWake(napi_env env, napi_value callback, void* context, void* data);

  void Wake();  // with mutex_ held
  void Deliver(Napi::Env env);
  void Close();

  static constexpr unsigned kWorksInARow = 64;

  napi_threadsafe_function wake_ = nullptr;
  std::mutex mutex_;
  std::condition_variable idle_;
  bool closed_ = false;
  bool wake_pending_ = false;
  std::vector<std::shared_ptr<Job>> running_;     // native part not over yet
  std::vector<std::shared_ptr<Job>> finished_;    // to be settled on the JavaScript thread
  std::vector<std::shared_ptr<Job>> progressed_;  // to call onProgress on the JavaScript thread
  std::size_t unsettled_ = 0;                     // JavaScript thread only: keeps the event loop alive
  unsigned worked_here_ = 0;                      // JavaScript thread only
};

}  // namespace densenode::binding
