// Validation: how high the positives stand among all documents.
#pragma once

#include "common/cancellation.h"
#include "training/adapter_parameters.h"
#include "training/training_data.h"

namespace densenode {

// The mean of 1 / rank of the positives of data.validation by cosine similarity, where other positives of the
// same query do not count. Compares each query with each document. `known` is of data.validation;
// `cancellation` may be null.
double MeanReciprocalRank(const AdapterParameters& parameters, const TrainingData& data,
                          const KnownPositives& known, const Cancellation* cancellation);

}  // namespace densenode
