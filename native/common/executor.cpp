#include "common/executor.h"

#include <omp.h>
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/blas_threads.h"

namespace densenode {
namespace {

// Of a flood of urgent tasks, so that everything else goes on, slowly.
constexpr int kMostUrgentInARow = 16;

constexpr std::chrono::microseconds kLinger{30};

void Pause() {
#ifdef __x86_64__
  __builtin_ia32_pause();
#endif
}

// cgroup v2 quota in whole cores (rounded up), or 0 when there is none.
int CgroupCores() {
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period) || quota == "max" || period <= 0) return 0;
  return std::max(1, static_cast<int>((std::strtod(quota.c_str(), nullptr) + period - 1) / period));
}

int CoresOfProcess() {
  if (const char* text = std::getenv("DENSENODE_THREADS")) {
    int asked = std::atoi(text);
    if (asked >= 1 && asked <= 1024) return asked;
  }
  cpu_set_t set;
  int cores = sched_getaffinity(0, sizeof set, &set) == 0
                  ? CPU_COUNT(&set)
                  : static_cast<int>(std::thread::hardware_concurrency());
  int quota = CgroupCores();
  if (quota > 0) cores = std::min(cores, quota);
  return std::max(1, cores);
}

}  // namespace

struct Executor::State {
  struct Item {
    std::function<void()> run;
    Width width;
  };
  int threads = 1;
  // A thread without work. The one that went to sleep last wakes first: its caches are the warmest.
  struct Sleeper {
    std::condition_variable wake;
    bool awake = true;
  };
  std::mutex mutex;
  std::vector<Sleeper*> sleepers;
  std::deque<Item> urgent, queue;
  int urgent_in_a_row = 0;  // that were preferred to others
  std::condition_variable idle;
  int running = 0;
  bool lingering = false;              // a thread looks for work without the mutex
  std::atomic<bool> submitted{false};  // since it began to
  bool wide_running = false;
  bool stopped = false;

  // Whose first task starts next; null: none can. A wide task waits until the pool is empty, and nothing that
  // was queued after it starts before it but urgent tasks.
  std::deque<Item>* Next() {
    if (wide_running || stopped) return nullptr;
    if (!urgent.empty() && (queue.empty() || urgent_in_a_row < kMostUrgentInARow)) return &urgent;
    if (queue.empty()) return nullptr;
    return queue.front().width == Width::kOne || running == 0 ? &queue : nullptr;
  }

  Item Take() {
    std::deque<Item>& from = *Next();
    urgent_in_a_row = &from == &urgent && !queue.empty() ? urgent_in_a_row + 1 : 0;
    Item item = std::move(from.front());
    from.pop_front();
    return item;
  }

  // Takes a thread out of those that sleep, with the mutex held, to be woken without it; null: none sleeps.
  Sleeper* TakeSleeper() {
    if (sleepers.empty()) return nullptr;
    Sleeper* const last = sleepers.back();
    sleepers.pop_back();
    last->awake = true;
    return last;
  }
  static void Wake(Sleeper* sleeper) {
    if (sleeper) sleeper->wake.notify_one();
  }

  // Who awaited a result often asks again at once, and waking a thread takes longer than this.
  void Linger(std::unique_lock<std::mutex>* lock) {
    lingering = true;
    submitted = false;
    lock->unlock();
    const auto end = std::chrono::steady_clock::now() + kLinger;
    while (!submitted.load(std::memory_order_relaxed) && std::chrono::steady_clock::now() < end) Pause();
    lock->lock();
    lingering = false;
  }

  void WorkerLoop() {
    pthread_setname_np(pthread_self(), "densenode");
    omp_set_num_threads(1);
    Sleeper self;
    bool has_worked = false;
    std::unique_lock lock(mutex);
    for (;;) {
      while (!Next()) {
        if (std::exchange(has_worked, false) && !lingering && !stopped) {
          Linger(&lock);
          continue;
        }
        self.awake = false;
        sleepers.push_back(&self);
        self.wake.wait(lock, [&] { return self.awake; });
      }
      Item item = Take();
      ++running;
      const bool wide = item.width == Width::kAll;
      if (wide) wide_running = true;
      Sleeper* const next = Next() ? TakeSleeper() : nullptr;
      lock.unlock();
      Wake(next);
      if (wide) {
        omp_set_num_threads(threads);
        SetBlasThreads(threads);
      }
      item.run();
      item.run = nullptr;
      if (wide) {
        SetBlasThreads(1);
        omp_set_num_threads(1);
      }
      lock.lock();
      --running;
      has_worked = true;
      if (wide) wide_running = false;
      if (running == 0) idle.notify_all();
    }
  }
};

Executor& Executor::Get() {
  static Executor* executor = new Executor;  // never destroyed, see the header
  return *executor;
}

Executor::Executor() : state_(new State) {
  state_->threads = CoresOfProcess();
  SetBlasThreads(1);
  for (int i = 0; i < state_->threads; ++i) std::thread([state = state_] { state->WorkerLoop(); }).detach();
}

int Executor::threads() const { return state_->threads; }

void Executor::Submit(std::function<void()> task, Width width, Priority priority) {
  State::Sleeper* sleeper;
  {
    std::lock_guard lock(state_->mutex);
    auto& queue = priority == Priority::kUrgent ? state_->urgent : state_->queue;
    queue.push_back({std::move(task), width});
    // The thread that lingers comes for the first task.
    const bool comes = state_->lingering && !state_->submitted.exchange(true);
    sleeper = comes ? nullptr : state_->TakeSleeper();
  }
  State::Wake(sleeper);
}

void Executor::Run(Width width, std::shared_ptr<Cancellation> cancellation, std::function<void()> body,
                   std::function<void(std::exception_ptr)> done) {
  Submit(
      [cancellation = std::move(cancellation), body = std::move(body), done = std::move(done)]() mutable {
        std::exception_ptr error;
        try {
          if (cancellation) cancellation->ThrowIfRequested();
          body();
        } catch (...) {
          error = std::current_exception();
        }
        body = nullptr;  // releases what the job holds before its end is reported
        done(error);
      },
      width);
}

namespace {

struct Loop : std::enable_shared_from_this<Loop> {
  std::size_t count = 0;
  Executor::Priority priority = Executor::Priority::kNormal;
  std::shared_ptr<Cancellation> cancellation;
  std::function<void(std::size_t)> body;
  std::function<void(std::exception_ptr)> done;
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> runners{0};
  std::mutex mutex;
  std::exception_ptr error;

  void Submit() {
    Executor::Get().Submit([self = shared_from_this()] { self->Step(); }, Executor::Width::kOne, priority);
  }

  // One item, then back to the end of the queue, so that other jobs get their turn.
  void Step() {
    const std::size_t i = next.fetch_add(1);
    if (i < count) {
      try {
        if (cancellation) cancellation->ThrowIfRequested();
        body(i);
      } catch (...) {
        next.store(count);
        std::lock_guard lock(mutex);
        if (!error) error = std::current_exception();
      }
      if (next.load() < count) {
        Submit();
        return;
      }
    }
    if (runners.fetch_sub(1) == 1) {
      body = nullptr;  // releases what the job holds before its end is reported
      std::exception_ptr result;
      {
        std::lock_guard lock(mutex);
        result = error;
      }
      auto report = std::move(done);
      report(result);
    }
  }
};

}  // namespace

void Executor::ForEach(std::size_t count, std::size_t parallelism, std::shared_ptr<Cancellation> cancellation,
                       std::function<void(std::size_t)> body, std::function<void(std::exception_ptr)> done,
                       Priority priority) {
  auto loop = std::make_shared<Loop>();
  loop->count = count;
  loop->priority = priority;
  loop->cancellation = std::move(cancellation);
  loop->body = std::move(body);
  loop->done = std::move(done);
  std::size_t runners = static_cast<std::size_t>(threads());
  if (parallelism > 0) runners = std::min(runners, parallelism);
  runners = std::max<std::size_t>(1, std::min(runners, count));
  loop->runners = runners;
  for (std::size_t i = 0; i < runners; ++i) loop->Submit();
}

bool Executor::Stop(std::chrono::milliseconds patience) {
  std::unique_lock lock(state_->mutex);
  state_->stopped = true;
  return state_->idle.wait_for(lock, patience, [this] { return state_->running == 0; });
}

void Executor::ForEachSlice(std::size_t count, std::size_t most, std::shared_ptr<Cancellation> cancellation,
                            std::function<void(std::size_t, std::size_t)> body,
                            std::function<void(std::exception_ptr)> done, Priority priority) {
  const std::size_t slice = SliceOf(count, most);
  ForEach((count + slice - 1) / slice, 0, std::move(cancellation),
          [count, slice, body = std::move(body)](std::size_t i) {
            body(i * slice, std::min((i + 1) * slice, count));
          },
          std::move(done), priority);
}

void Executor::RunBoth(const std::function<void()>& first, std::function<void()> second) {
  const auto task = std::make_shared<std::packaged_task<void()>>(std::move(second));
  std::future<void> second_ended = task->get_future();
  const auto taken = std::make_shared<std::atomic<bool>>(false);
  const auto run_once = [task, taken] {
    if (!taken->exchange(true)) (*task)();
  };
  Submit(run_once);
  std::exception_ptr error;
  try {
    first();
  } catch (...) {
    error = std::current_exception();
  }
  run_once();
  second_ended.wait();
  if (error) std::rethrow_exception(error);
  second_ended.get();
}

void Executor::ForEachAndWait(std::size_t count, std::function<void(std::size_t)> body) {
  std::mutex mutex;
  std::condition_variable ended;
  bool finished = false;
  std::exception_ptr error;
  ForEach(count, 0, nullptr, std::move(body), [&](std::exception_ptr e) {
    std::lock_guard lock(mutex);
    error = e;
    finished = true;
    ended.notify_one();
  });
  std::unique_lock lock(mutex);
  ended.wait(lock, [&] { return finished; });
  if (error) std::rethrow_exception(error);
}

}  // namespace densenode
