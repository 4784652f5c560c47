#include "common/executor.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace densenode {
namespace {

// Collects the end of one asynchronous call.
class Ended {
 public:
  std::function<void(std::exception_ptr)> Callback() {
    return [this](std::exception_ptr error) {
      std::lock_guard lock(mutex_);
      error_ = error;
      ++calls_;
      changed_.notify_all();
    };
  }
  void Wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return calls_ > 0; });
    if (error_) std::rethrow_exception(error_);
  }
  int calls() {
    std::lock_guard lock(mutex_);
    return calls_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::exception_ptr error_;
  int calls_ = 0;
};

TEST(Executor, RunsEveryItemOnce) {
  std::vector<std::atomic<int>> seen(10000);
  Executor::Get().ForEachAndWait(seen.size(), [&](std::size_t i) { ++seen[i]; });
  for (auto& count : seen) EXPECT_EQ(count, 1);
}

TEST(Executor, NoItemsStillEnds) {
  Ended ended;
  Executor::Get().ForEach(
      0, 0, nullptr, [](std::size_t) { FAIL(); }, ended.Callback());
  ended.Wait();
  EXPECT_EQ(ended.calls(), 1);
}

// A model must be gone once the job that had it last has ended.
TEST(Executor, WhatABodyHoldsIsGoneBeforeTheEndIsReported) {
  for (bool loop : {false, true}) {
    auto held = std::make_shared<int>(1);
    const std::weak_ptr<int> watched = held;
    bool gone = false;
    Ended ended;
    auto done = [&, report = ended.Callback()](std::exception_ptr error) {
      gone = watched.expired();
      report(error);
    };
    if (loop) {
      Executor::Get().ForEach(
          4, 0, nullptr, [held = std::move(held)](std::size_t) {}, done);
    } else {
      Executor::Get().Run(
          Executor::Width::kOne, nullptr, [held = std::move(held)] {}, done);
    }
    ended.Wait();
    EXPECT_TRUE(gone);
  }
}

TEST(Executor, NeverMoreThreadsThanAsked) {
  std::atomic<int> inside{0}, most{0};
  Ended ended;
  Executor::Get().ForEach(
      50, 1, nullptr,
      [&](std::size_t) {
        most = std::max(most.load(), ++inside);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        --inside;
      },
      ended.Callback());
  ended.Wait();
  EXPECT_EQ(most, 1);
}

TEST(Executor, FirstExceptionEndsTheLoopOnce) {
  std::atomic<int> ran{0};
  Ended ended;
  Executor::Get().ForEach(
      100000, 0, nullptr,
      [&](std::size_t i) {
        ++ran;
        if (i == 3) Fail(ErrorCode::kEngineFailed, "item 3");
      },
      ended.Callback());
  EXPECT_THROW(ended.Wait(), Error);
  EXPECT_EQ(ended.calls(), 1);
  EXPECT_LT(ran, 100000);
}

TEST(Executor, CancellationStopsTheLoop) {
  auto cancellation = std::make_shared<Cancellation>();
  std::atomic<int> ran{0};
  Ended ended;
  Executor::Get().ForEach(
      100000, 0, cancellation,
      [&](std::size_t) {
        if (++ran == 10) cancellation->Request();
      },
      ended.Callback());
  try {
    ended.Wait();
    FAIL() << "expected kAborted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kAborted);
  }
  EXPECT_LE(ran, 10 + Executor::Get().threads());
}

TEST(Executor, WideTasksRunAloneWithAllThreads) {
  std::atomic<int> inside{0};
  std::atomic<bool> overlap{false};
  std::atomic<int> wide_threads{0}, narrow_threads{0};
  std::vector<std::unique_ptr<Ended>> ends;
  for (int i = 0; i < 200; ++i) {
    ends.push_back(std::make_unique<Ended>());
    const bool wide = i % 10 == 0;
    Executor::Get().Run(
        wide ? Executor::Width::kAll : Executor::Width::kOne, nullptr,
        [&, wide] {
          const int before = inside++;
          if (wide && before != 0) overlap = true;
          (wide ? wide_threads : narrow_threads) = omp_get_max_threads();
          std::this_thread::sleep_for(std::chrono::microseconds(200));
          if (wide && inside != 1) overlap = true;
          --inside;
        },
        ends.back()->Callback());
  }
  for (auto& end : ends) end->Wait();
  EXPECT_FALSE(overlap);
  EXPECT_EQ(wide_threads, Executor::Get().threads());
  EXPECT_EQ(narrow_threads, 1);
}

TEST(Executor, ShortJobsDoNotWaitForTheEndOfLongOnes) {
  Ended long_job, short_job;
  std::atomic<int> long_items{0};
  int long_items_at_short_end = -1;
  Executor::Get().ForEach(
      1000, 0, nullptr,
      [&](std::size_t) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        ++long_items;
      },
      long_job.Callback());
  Executor::Get().ForEach(
      1, 0, nullptr, [&](std::size_t) {}, short_job.Callback());
  short_job.Wait();
  long_items_at_short_end = long_items;
  long_job.Wait();
  EXPECT_LT(long_items_at_short_end, 1000);
}

// Holds all threads of the pool until it is gone.
class BusyPool {
 public:
  BusyPool() {
    for (int i = 0; i < Executor::Get().threads(); ++i) {
      Executor::Get().Submit([this] {
        std::unique_lock lock(mutex_);
        ++held_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return free_; });
        --held_;
        changed_.notify_all();
      });
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return held_ == Executor::Get().threads(); });
  }
  ~BusyPool() {
    std::unique_lock lock(mutex_);
    free_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return held_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int held_ = 0;
  bool free_ = false;
};

TEST(Executor, UrgentTasksGoFirstButDoNotStarveOthers) {
  std::mutex mutex;
  std::vector<char> order;
  std::condition_variable ended;
  const auto note = [&](char what) {
    return [&, what] {
      std::lock_guard lock(mutex);
      order.push_back(what);
      ended.notify_one();
    };
  };
  {
    const BusyPool busy;
    for (int i = 0; i < 40; ++i) Executor::Get().Submit(note('n'));
    Executor::Get().Submit(note('w'), Executor::Width::kAll);
    for (int i = 0; i < 200; ++i)
      Executor::Get().Submit(note('u'), Executor::Width::kOne, Executor::Priority::kUrgent);
  }
  std::unique_lock lock(mutex);
  ended.wait(lock, [&] { return order.size() == 241; });
  // Threads note what they took a little later than they took it.
  const int slack = Executor::Get().threads();
  const auto count = [&](auto first, auto last, char what) { return std::count(first, last, what); };
  EXPECT_LE(count(order.begin(), order.begin() + 100, 'n'), 100 / 17 + slack);
  EXPECT_GE(count(order.begin(), order.begin() + 200, 'n'), 200 / 17 - slack);
  EXPECT_GE(std::find(order.begin(), order.end(), 'w') - order.begin(), 40);
}

TEST(Executor, RunBothSharesWorkAndIsSafeInsideOfTasks) {
  // Every thread of the pool is in such a task at once, so that each must do its second half by itself.
  const auto tasks = static_cast<std::size_t>(Executor::Get().threads()) * 4;
  std::atomic<int> first{0}, second{0};
  Executor::Get().ForEachAndWait(tasks, [&](std::size_t) {
    Executor::Get().RunBoth(
        [&] {
          std::this_thread::sleep_for(std::chrono::milliseconds(1));
          ++first;
        },
        [&] { ++second; });
  });
  EXPECT_EQ(first, static_cast<int>(tasks));
  EXPECT_EQ(second, static_cast<int>(tasks));
}

TEST(Executor, RunBothEndsBothAndRethrowsTheFirstError) {
  std::atomic<int> ended{0};
  const auto fails = [&](const char* why) {
    return [&ended, why] {
      ++ended;
      throw std::runtime_error(why);
    };
  };
  const auto message = [](auto run) -> std::string {
    try {
      run();
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message([&] { Executor::Get().RunBoth(fails("first"), fails("second")); }), "first");
  EXPECT_EQ(ended, 2);
  EXPECT_EQ(message([&] { Executor::Get().RunBoth([] {}, fails("second")); }), "second");
  EXPECT_EQ(ended, 3);
}

TEST(Cancellation, RunsCallbacksOnceAndAlsoLate) {
  Cancellation cancellation;
  int early = 0, late = 0, gone = 0;
  Cancellation::Registration first(&cancellation, [&] { ++early; });
  {
    Cancellation::Registration ended(&cancellation, [&] { ++gone; });
  }
  cancellation.Request();
  cancellation.Request();
  Cancellation::Registration second(&cancellation, [&] { ++late; });
  EXPECT_EQ(early, 1);
  EXPECT_EQ(late, 1);
  EXPECT_EQ(gone, 0);
}

}  // namespace
}  // namespace densenode
