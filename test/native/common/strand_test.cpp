#include "common/strand.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

#include "common/error.h"

namespace densenode {
namespace {

// One change whose end can be waited for.
class Result {
 public:
  Strand::Done Callback() {
    return [this](std::exception_ptr error) { ended_.set_value(error); };
  }
  std::exception_ptr Wait() { return future_.get(); }
  bool ended() const { return future_.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }
  bool Aborted() {
    try {
      std::rethrow_exception(Wait());
    } catch (const Error& error) {
      return error.code() == ErrorCode::kAborted;
    }
  }

 private:
  std::promise<std::exception_ptr> ended_;
  std::future<std::exception_ptr> future_ = ended_.get_future();
};

// A change that has its turn until Release.
class Held {
 public:
  explicit Held(const Strand::List& strands) {
    Strand::Start(
        strands, nullptr, [this](Strand::Done ended) { ended_ = std::move(ended); }, result_.Callback());
  }
  bool has_turn() const { return ended_ != nullptr; }
  void Release() {
    ended_(nullptr);
    EXPECT_EQ(result_.Wait(), nullptr);
  }

 private:
  Strand::Done ended_;
  Result result_;
};

constexpr auto kOne = Executor::Width::kOne;
Strand::List NewStrand() { return {std::make_shared<Strand>()}; }

TEST(Strand, KeepsTheOrderAndRunsOneAtATime) {
  const auto strand = NewStrand();
  std::vector<int> order, ends;
  std::atomic<int> running{0};
  std::vector<Result> results(500);
  for (int i = 0; i < 500; ++i) {
    Strand::Run(
        strand, i % 7 == 0 ? Executor::Width::kAll : kOne, nullptr,
        [&, i] {
          EXPECT_EQ(++running, 1);
          order.push_back(i);
          --running;
        },
        [&, i, done = results[static_cast<std::size_t>(i)].Callback()](std::exception_ptr error) {
          ends.push_back(i);
          done(error);
        });
  }
  for (auto& result : results) EXPECT_EQ(result.Wait(), nullptr);
  std::vector<int> expected(500);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(order, expected);
  EXPECT_EQ(ends, expected);
}

TEST(Strand, WhatWaitsHoldsNoThread) {
  const auto strand = NewStrand();
  Held first(strand);
  ASSERT_TRUE(first.has_turn());
  const auto many = static_cast<std::size_t>(Executor::Get().threads()) * 4;
  std::atomic<std::size_t> begun{0};
  std::vector<Result> results(many);
  for (auto& result : results)
    Strand::Run(
        strand, kOne, nullptr, [&] { ++begun; }, result.Callback());
  // Would never end if the pool were taken.
  std::atomic<std::size_t> done{0};
  Executor::Get().ForEachAndWait(1000, [&](std::size_t) { ++done; });
  EXPECT_EQ(done, 1000u);
  EXPECT_EQ(begun, 0u);
  first.Release();
  for (auto& result : results) EXPECT_EQ(result.Wait(), nullptr);
  EXPECT_EQ(begun, many);
}

TEST(Strand, AnErrorDoesNotStopTheQueue) {
  const auto strand = NewStrand();
  Result failing, throwing, last;
  Held first(strand);
  Strand::Run(
      strand, kOne, nullptr, [] { Fail(ErrorCode::kIndexInvalid, "no"); }, failing.Callback());
  Strand::Start(
      strand, nullptr, [](Strand::Done) { throw std::runtime_error("no"); }, throwing.Callback());
  Strand::Run(
      strand, kOne, nullptr, [] {}, last.Callback());
  first.Release();
  EXPECT_THROW(std::rethrow_exception(failing.Wait()), Error);
  EXPECT_THROW(std::rethrow_exception(throwing.Wait()), std::runtime_error);
  EXPECT_EQ(last.Wait(), nullptr);
}

TEST(Strand, ACancelledChangeThatWaitsEndsAtOnce) {
  const auto strand = NewStrand();
  const auto cancellation = std::make_shared<Cancellation>();
  Held first(strand);
  Result cancelled, late, last;
  const auto never = [] { ADD_FAILURE() << "has begun"; };
  Strand::Run(strand, kOne, cancellation, never, cancelled.Callback());
  Strand::Run(
      strand, kOne, nullptr, [] {}, last.Callback());
  cancellation->Request();
  EXPECT_TRUE(cancelled.ended());
  EXPECT_TRUE(cancelled.Aborted());
  Strand::Run(strand, kOne, cancellation, never, late.Callback());
  EXPECT_TRUE(late.ended());
  EXPECT_TRUE(late.Aborted());
  EXPECT_FALSE(last.ended());
  first.Release();
  EXPECT_EQ(last.Wait(), nullptr);
}

TEST(Strand, ACancelledChangeThatRunsEndsByItself) {
  const auto strand = NewStrand();
  const auto cancellation = std::make_shared<Cancellation>();
  Result result, next;
  Strand::Done ended;
  Held first(strand);
  Strand::Start(
      strand, cancellation, [&](Strand::Done its) { ended = std::move(its); }, result.Callback());
  first.Release();
  Strand::Run(
      strand, kOne, nullptr, [] {}, next.Callback());
  cancellation->Request();
  EXPECT_FALSE(result.ended());
  EXPECT_FALSE(next.ended());
  ended(nullptr);
  EXPECT_EQ(result.Wait(), nullptr);
  EXPECT_EQ(next.Wait(), nullptr);
}

// A model or an index must be gone once the change that had it last has ended.
TEST(Strand, LivesAsLongAsItsChanges) {
  auto strand = NewStrand();
  const std::weak_ptr<Strand> weak = strand.front();
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> weak_held = held;
  Result result;
  {
    Held first(strand);
    Strand::Run(
        std::exchange(strand, {}), kOne, nullptr, [held = std::exchange(held, nullptr)] {},
        [&, done = result.Callback()](std::exception_ptr error) {
          EXPECT_TRUE(weak_held.expired());
          done(error);
        });
    EXPECT_FALSE(weak.expired());
    first.Release();
  }
  EXPECT_EQ(result.Wait(), nullptr);
}

TEST(Strand, SeveralAtOnceNeverMeetInACircle) {
  const auto a = std::make_shared<Strand>(), b = std::make_shared<Strand>();
  std::atomic<int> in_a{0}, in_b{0};
  constexpr int kRounds = 300;
  std::vector<Result> both(kRounds), other(kRounds), alone(kRounds);
  const auto use_both = [&] {
    EXPECT_EQ(++in_a, 1);
    EXPECT_EQ(++in_b, 1);
    --in_b;
    --in_a;
  };
  const auto use_a = [&] {
    EXPECT_EQ(++in_a, 1);
    --in_a;
  };
  const auto give = [&](std::vector<Result>& results, Strand::List strands,
                        const std::function<void()>& use) {
    return std::thread([&results, strands, use] {
      for (auto& result : results) Strand::Run(strands, kOne, nullptr, use, result.Callback());
    });
  };
  std::thread threads[] = {give(both, {a, b}, use_both), give(other, {b, a}, use_both),
                           give(alone, {a}, use_a)};
  for (auto& thread : threads) thread.join();
  for (auto* results : {&both, &other, &alone}) {
    for (auto& result : *results) EXPECT_EQ(result.Wait(), nullptr);
  }
}

TEST(Strand, ACancelledChangeOfSeveralLetsTheirQueuesGoOn) {
  const auto a = std::make_shared<Strand>(), b = std::make_shared<Strand>();
  const auto cancellation = std::make_shared<Cancellation>();
  Held first({a});
  Result both, only_b;
  Strand::Run(
      {a, b}, kOne, cancellation, [] {}, both.Callback());
  Strand::Run(
      {b}, kOne, nullptr, [] {}, only_b.Callback());
  EXPECT_FALSE(only_b.ended());
  cancellation->Request();
  EXPECT_TRUE(both.Aborted());
  EXPECT_EQ(only_b.Wait(), nullptr);
  first.Release();
}

// Requests, ends and new changes from many threads at once: each ends exactly once.
TEST(Strand, CancellingRacesWithRunning) {
  const auto strand = NewStrand();
  for (int round = 0; round < 200; ++round) {
    std::vector<std::shared_ptr<Cancellation>> cancellations;
    std::vector<Result> results(16);
    std::atomic<int> ran{0};
    for (auto& result : results) {
      cancellations.push_back(std::make_shared<Cancellation>());
      Strand::Run(
          strand, kOne, cancellations.back(), [&] { ++ran; }, result.Callback());
    }
    std::thread first([&] {
      for (std::size_t i = 0; i < 16; i += 2) cancellations[i]->Request();
    });
    for (std::size_t i = 1; i < 16; i += 4) cancellations[i]->Request();
    int ended = 0;
    for (auto& result : results) ended += result.Wait() == nullptr;
    first.join();
    EXPECT_EQ(ended, ran);
  }
}

}  // namespace
}  // namespace densenode
