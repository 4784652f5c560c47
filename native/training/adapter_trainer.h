// Learns a LinearAdapter from pairs of frozen embeddings by InfoNCE and AdamW.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "common/cancellation.h"
#include "encoder/linear_adapter.h"
#include "training/adam_w.h"
#include "training/adapter_parameters.h"
#include "training/training_data.h"

namespace densenode {

struct TrainingOptions {
  float temperature = 0.05f;  // > 0
  std::size_t epochs = 1;     // passes over the training queries
  std::size_t batch_size = 1;
  double learning_rate = 0;  // of the first step; falls to zero in a straight line
  double weight_decay = 0;   // towards the identity
  bool bias = true;
  std::size_t patience = 1;  // epochs without a better validation before training stops
  std::uint64_t seed = 0;    // order of the queries; the same seed and threads give the same adapter
};

// With validation, index 0 of `validation` is before training, and the adapter is that of `best_epoch`.
struct TrainingHistory {
  std::vector<double> losses;      // mean of each epoch
  std::vector<double> validation;  // mean reciprocal rank after 0, 1, ... epochs; empty without validation
  std::size_t best_epoch = 0;      // epochs that the adapter has seen
};

// All steps on one thread at a time; products of matrices run on the threads of BLAS.
class AdapterTrainer {
 public:
  // What `data` points to must outlive the trainer. Throws as CheckTrainingData.
  AdapterTrainer(const TrainingData& data, const TrainingOptions& options);

  std::size_t total_steps() const { return options_.epochs * StepsPerEpoch(); }
  std::size_t steps() const { return step_; }
  // The next step, with what is due at its epoch's end; false once training is over. `cancellation` may be
  // null.
  bool Step(const Cancellation* cancellation);

  const TrainingHistory& history() const { return history_; }
  std::shared_ptr<LinearAdapter> MakeAdapter(const std::string& model) const;

 private:
  std::size_t queries() const { return data_.training.positives.size(); }
  std::size_t StepsPerEpoch() const { return (queries() + options_.batch_size - 1) / options_.batch_size; }
  void StartEpoch();
  void EndEpoch(const Cancellation* cancellation);
  void Validate(const Cancellation* cancellation);

  const TrainingData data_;
  const TrainingOptions options_;
  KnownPositives known_;
  std::optional<KnownPositives> known_of_validation_;
  AdapterParameters parameters_;
  std::vector<float> best_;  // parameters of the best validation
  AdamW optimizer_;
  std::mt19937_64 random_;
  std::vector<std::uint32_t> order_;  // of the queries in this epoch
  std::vector<float> gradient_;
  std::size_t step_ = 0;
  double loss_sum_ = 0;  // of this epoch, one share a query
  bool over_ = false;
  TrainingHistory history_;
};

}  // namespace densenode
