#include "common/coalescer.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

#include "common/error.h"

namespace densenode {
namespace {

struct Number {
  int value = 0;
  int kind = 0;
  const void* caller = nullptr;
  std::shared_ptr<Cancellation> cancellation;
  std::function<void(std::exception_ptr)> done;
};

// Works on numbers, one batch at once, each time that it is let; notes what came together. 13 is bad luck for
// a batch, and for itself.
class Numbers : public Coalescer<Number> {
 public:
  std::vector<std::vector<int>> batches() {
    std::lock_guard lock(mutex_);
    return batches_;
  }
  void AwaitWork() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return batches_.size() == 1; });
  }
  void Go() {
    std::lock_guard lock(mutex_);
    go_ = true;
    changed_.notify_all();
  }

 private:
  std::size_t MostAtOnce(const Number&) const override { return 1; }
  bool GoTogether(const Number& a, const Number& b) const override { return a.kind == b.kind; }
  double ShareOfBatch(const Number&) const override { return 0.125; }
  void RunOne(Number& number, Done done) override { Work({number.value}, done); }
  void RunTogether(std::vector<Number>& batch, Done done) override {
    std::vector<int> values;
    for (const Number& number : batch) values.push_back(number.value);
    Work(std::move(values), done);
  }
  void Release(Number&) override {}

  void Work(std::vector<int> values, const Done& done) {
    const bool bad = std::find(values.begin(), values.end(), 13) != values.end();
    {
      std::unique_lock lock(mutex_);
      batches_.push_back(std::move(values));
      changed_.notify_all();
      changed_.wait(lock, [this] { return go_; });
    }
    if (bad) Fail(ErrorCode::kEngineFailed, "13");
    done(nullptr);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::vector<int>> batches_;
  bool go_ = false;
};

class CoalescerTest : public testing::Test {
 protected:
  ~CoalescerTest() override { Await(); }

  void Add(int value, int kind = 0, const void* caller = nullptr, std::shared_ptr<Cancellation> stop = {}) {
    ++added_;
    numbers_->Add({value, kind, caller, std::move(stop), [this, value](std::exception_ptr error) {
                     std::lock_guard lock(mutex_);
                     (error ? failed_ : done_).push_back(value);
                     ended_.notify_one();
                   }});
  }
  // The first is at work, so that what comes next waits.
  void Begin() {
    Add(0);
    numbers_->AwaitWork();
  }
  void Await() {
    numbers_->Go();
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return done_.size() + failed_.size() == added_; });
  }

  const std::shared_ptr<Numbers> numbers_ = std::make_shared<Numbers>();
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t added_ = 0;
  std::vector<int> done_, failed_;
};

TEST_F(CoalescerTest, WhatComesWhileOneIsAtWorkIsDoneTogetherUpToABatch) {
  Begin();
  for (int i = 1; i <= 10; ++i) Add(i);
  Await();
  EXPECT_EQ(numbers_->batches(), (std::vector<std::vector<int>>{{0}, {1, 2, 3, 4, 5, 6, 7, 8}, {9, 10}}));
  EXPECT_EQ(done_, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
}

TEST_F(CoalescerTest, OnlyWhatGoesTogetherIsJoined) {
  Begin();
  for (int i = 1; i <= 6; ++i) Add(i, i % 2);
  Await();
  EXPECT_EQ(numbers_->batches(), (std::vector<std::vector<int>>{{0}, {1, 3, 5}, {2, 4, 6}}));
}

TEST_F(CoalescerTest, CallersTakeTurns) {
  Begin();
  const int flood = 0, other = 0;
  for (int i = 1; i <= 20; ++i) Add(i, 0, &flood);
  for (int i = 101; i <= 103; ++i) Add(i, 0, &other);
  Await();
  EXPECT_EQ(numbers_->batches()[1], (std::vector<int>{1, 101, 2, 102, 3, 103, 4, 5}));
}

TEST_F(CoalescerTest, AFaultIsThatOfOneAlone) {
  Begin();
  for (int i = 12; i <= 14; ++i) Add(i);
  Await();
  EXPECT_EQ(numbers_->batches(), (std::vector<std::vector<int>>{{0}, {12, 13, 14}, {12}, {13}, {14}}));
  EXPECT_EQ(done_, (std::vector<int>{0, 12, 14}));
  EXPECT_EQ(failed_, std::vector<int>{13});
}

TEST_F(CoalescerTest, WhatIsCancelledWhileItWaitsIsNeverDone) {
  Begin();
  const auto stop = std::make_shared<Cancellation>();
  Add(1);
  Add(2, 0, nullptr, stop);
  Add(3);
  stop->Request();
  Await();
  EXPECT_EQ(numbers_->batches(), (std::vector<std::vector<int>>{{0}, {1, 3}}));
  EXPECT_EQ(failed_, std::vector<int>{2});
}

TEST_F(CoalescerTest, FromManyThreadsEachIsDoneOnce) {
  numbers_->Go();
  std::vector<std::thread> threads;
  std::mutex adding;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) {
        std::lock_guard lock(adding);
        Add(1000 * (t + 1) + i);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  Await();
  std::sort(done_.begin(), done_.end());
  std::vector<int> expected;
  for (int t = 1; t <= 4; ++t) {
    for (int i = 0; i < 500; ++i) expected.push_back(1000 * t + i);
  }
  EXPECT_EQ(done_, expected);
}

}  // namespace
}  // namespace densenode
