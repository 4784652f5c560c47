// What torch made of small training data: test/fixtures/training, written by make_training.py.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "../test_support.h"
#include "common/json.h"
#include "training/training_data.h"

namespace densenode {

using test::ErrorOf;

struct AdapterFixture {
  AdapterFixture()
      : json(ReadJsonFile(std::string(DENSENODE_SOURCE_DIR) + "/test/fixtures/training/adapter.json",
                          ErrorCode::kFileCorrupt)),
        documents(json["documents"]),
        queries(json["queries"]),
        positives(json["positives"]),
        negatives(json["negatives"]) {
    data.dimension = json["dimension"];
    data.documents = documents;
    data.training = {queries, positives};
    data.negatives = negatives;
  }
  Json json;
  std::vector<float> documents, queries;
  std::vector<std::int64_t> positives, negatives;
  TrainingData data;
};

inline void ExpectNear(const std::vector<float>& got, const std::vector<float>& expected, float tolerance) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) ASSERT_NEAR(got[i], expected[i], tolerance) << "value " << i;
}

}  // namespace densenode
