// Several sessions of one model, each with weights of its own, as one session: the scheduler of a model on
// several devices.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "common/device.h"
#include "encoder/session.h"

namespace densenode {

struct Replica {
  Device where;  // said in errors
  std::unique_ptr<EncoderSession> session;
};

// Each batch goes to the replica that has the fewest tokens at work, among those that have room: a replica
// takes up to `batches_each` at once (0: any number), and where none has room the batch waits for the first
// that gets it. The replicas, at least one, must be of the same model. Embeddings may go to device memory
// only where all replicas are on one device.
std::unique_ptr<EncoderSession> ReplicateSession(std::vector<Replica> replicas, std::size_t batches_each);

}  // namespace densenode
