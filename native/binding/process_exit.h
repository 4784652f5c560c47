// What happens to running jobs when the process exits under them (process.exit in the middle of a search,
// say): they are stopped before the static destructors of ONNX Runtime, OpenBLAS and OpenMP run.
#pragma once

#include <memory>

namespace densenode::binding {

class Environment;

// Remembers a live environment, and on the first call hooks the exit of the process.
void RegisterEnvironment(std::weak_ptr<Environment> environment);

// Cancels the jobs of all environments, starts nothing any more, and waits a second at most for what runs.
// Returns whether the pool is idle. lib/ calls it from the main thread's "exit" event; the exit hook does it
// for ways out without that event.
bool StopAllJobs();

}  // namespace densenode::binding
