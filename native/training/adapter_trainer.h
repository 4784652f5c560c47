// Learns a LinearAdapter from pairs of frozen embeddings by InfoNCE and AdamW.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "encoder/linear_adapter.h"
#include "training/adam_w.h"
#include "training/adapter_parameters.h"
#include "training/reciprocal_rank.h"
#include "training/training_batch.h"
#include "training/training_data.h"

namespace densenode {

struct TrainingOptions {
  float temperature = 0.05f;    // > 0
  std::size_t epochs = 1;       // most passes over the training queries
  std::size_t batch_size = 1;   // queries of one step
  double learning_rate = 0.01;  // of the first step; falls to zero in a straight line
  double weight_decay = 0;      // towards the identity
  bool bias = true;
  std::size_t patience = 1;  // epochs without a better validation before training stops
  std::uint64_t seed = 0;    // of the order of the queries
};

// With validation, the adapter is that of the best epoch.
struct TrainingHistory {
  std::vector<double> losses;      // mean of each epoch
  std::vector<double> validation;  // mean reciprocal rank after 0, 1, ... epochs; empty without validation
  std::size_t best_epoch = 0;      // epochs that the adapter has seen
};

// Work whose items may run side by side, each once.
struct TrainingPhase {
  std::size_t items;
  std::function<void(std::size_t)> body;
};

// How the work is divided does not depend on the number of threads, and neither does the result.
class AdapterTrainer {
 public:
  // What `data` points to must outlive the trainer. Throws as CheckTrainingData.
  AdapterTrainer(const TrainingData& data, const TrainingOptions& options);

  // What is to be done next, when all items of the phase before are done; none when training is over.
  std::optional<TrainingPhase> Next();

  std::size_t steps() const { return step_; }  // finished ones
  const TrainingHistory& history() const { return history_; }
  std::shared_ptr<LinearAdapter> MakeAdapter(const std::string& model) const;

 private:
  std::size_t queries() const { return order_.size(); }
  std::size_t StepsPerEpoch() const { return (queries() + options_.batch_size - 1) / options_.batch_size; }
  std::size_t TotalSteps() const { return options_.epochs * StepsPerEpoch(); }

  // The phases of a step, and of an epoch's end.
  TrainingPhase Gradients();
  TrainingPhase Update();
  TrainingPhase Validation();
  void EndStep();
  void EndValidation();

  const TrainingData data_;
  const TrainingOptions options_;
  KnownPositives known_;
  std::optional<KnownPositives> known_of_validation_;
  AdapterParameters parameters_;
  std::vector<float> best_;  // parameters of the best validation
  AdamW optimizer_;
  std::mt19937_64 random_;
  std::vector<std::uint32_t> order_;  // of the queries in this epoch

  enum class Stage { kStart, kGradients, kUpdate, kValidation, kOver } stage_ = Stage::kStart;
  std::size_t step_ = 0;
  TrainingBatch batch_;
  std::vector<std::vector<float>> gradients_;  // of each part of the batch
  std::vector<double> losses_;                 // of each part of the batch
  double loss_sum_ = 0;                        // of this epoch, one share a query
  std::optional<ReciprocalRank> rank_;
  TrainingHistory history_;
};

}  // namespace densenode
