#include <functional>
#include <set>

#include "lexical_fixture.h"

namespace densenode::test {
namespace {

// A filter with the arrays that it reads, and the same condition in plain words.
struct Case {
  std::vector<std::int64_t> ids, exclude;
  std::vector<std::uint8_t> bitmap;
  Filter::Conditions conditions;
  std::function<bool(std::int64_t)> allows;
};

constexpr std::int64_t kCount = 70'000;  // in two segments
// In no order, so that neither are the ids of a segment.
std::int64_t IdOf(std::int64_t i) { return 100 + 3 * ((i * 7919) % kCount); }

std::vector<std::unique_ptr<Case>> Cases() {
  std::vector<std::unique_ptr<Case>> cases;
  const auto add = [&]() -> Case& { return *cases.emplace_back(std::make_unique<Case>()); };
  std::mt19937_64 random(5);
  for (std::size_t count : {0, 3, 200, 5'000, 60'000}) {
    Case& some = add();
    std::set<std::int64_t> chosen;
    while (chosen.size() < count) chosen.insert(IdOf(static_cast<std::int64_t>(random() % kCount)));
    some.ids.assign(chosen.begin(), chosen.end());
    some.ids.push_back(101);  // not there
    some.conditions.ids = some.ids;
    some.allows = [chosen](std::int64_t id) { return chosen.contains(id); };
  }
  Case& range = add();
  range.conditions.from = 5'000;
  range.conditions.to = 12'000;
  range.allows = [](std::int64_t id) { return id >= 5'000 && id < 12'000; };
  Case& bits = add();
  bits.bitmap.assign(20'000, 0b01010010);
  bits.conditions.bitmap = bits.bitmap;
  bits.allows = [](std::int64_t id) { return id < 160'000 && 0b01010010 >> (id % 8) & 1; };
  Case& all = add();
  for (std::int64_t i = 0; i < kCount; i += 2) all.exclude.push_back(IdOf(i));
  for (std::int64_t i = 0; i < kCount; i += 3) all.ids.push_back(IdOf(i));
  all.bitmap.assign(26'000, 0b11110111);
  all.conditions = {1'000, 200'000, all.ids, all.exclude, all.bitmap};
  all.allows = [ids = std::set(all.ids.begin(), all.ids.end()),
                exclude = std::set(all.exclude.begin(), all.exclude.end())](std::int64_t id) {
    return id >= 1'000 && id < 200'000 && ids.contains(id) && !exclude.contains(id) && id % 8 != 3;
  };
  return cases;
}

// What a filtered search finds is what the search of all finds, without what the filter does not allow.
TEST(LexicalFilter, LeavesTheAllowedPartOfTheRanking) {
  for (const Scoring::Options& scoring : {AllScorings()[0], AllScorings()[4], AllScorings()[5]}) {
    RandomTexts texts(11, 5000);
    const auto index = LexicalIndex::Create(Plain(scoring));
    std::vector<std::string> all;
    std::vector<std::int64_t> ids;
    for (std::int64_t i = 0; i < kCount; ++i) {
      all.push_back(texts.Next(12));
      ids.push_back(IdOf(i));
    }
    Add(index, all, ids);
    std::vector<std::int64_t> removed;
    for (std::int64_t i = 0; i < kCount; i += 5) removed.push_back(IdOf(i));
    index->Remove(removed);
    std::vector<std::string> queries;
    for (int q = 0; q < 8; ++q) queries.push_back(texts.Next(10));
    const Hits whole = Search(index, queries, kCount);
    for (const auto& each : Cases()) {
      for (std::size_t k : {1, 10, 1000}) {
        const Hits found = Search(index, queries, k, std::make_shared<const Filter>(each->conditions));
        for (std::size_t q = 0; q < queries.size(); ++q) {
          Hits expected;
          for (std::size_t i = q * kCount; i < (q + 1) * kCount && expected.ids.size() < k; ++i) {
            if (whole.ids[i] < 0 || !each->allows(whole.ids[i])) continue;
            expected.ids.push_back(whole.ids[i]);
            expected.scores.push_back(whole.scores[i]);
          }
          expected.ids.resize(k, -1);
          expected.scores.resize(k, -std::numeric_limits<float>::infinity());
          const auto row = [&](const auto& values) {
            return std::vector(values.begin() + static_cast<std::ptrdiff_t>(q * k),
                               values.begin() + static_cast<std::ptrdiff_t>((q + 1) * k));
          };
          EXPECT_EQ(row(found.ids), expected.ids) << queries[q];
          EXPECT_EQ(row(found.scores), expected.scores) << queries[q];
        }
      }
    }
  }
}

// A filter is asked once for each state of the index.
TEST(LexicalFilter, FollowsChanges) {
  const auto index = LexicalIndex::Create(Plain());
  Add(index, {"a", "a", "a"});
  const std::vector<std::int64_t> ids{1, 2, 3};
  Filter::Conditions conditions;
  conditions.ids = ids;
  const auto filter = std::make_shared<const Filter>(conditions);
  EXPECT_EQ(Search(index, {"a"}, 4, filter).ids, (std::vector<std::int64_t>{1, 2, -1, -1}));
  Add(index, {"a"});
  index->Remove(std::vector<std::int64_t>{1});
  EXPECT_EQ(Search(index, {"a"}, 4, filter).ids, (std::vector<std::int64_t>{2, 3, -1, -1}));
}

}  // namespace
}  // namespace densenode::test
