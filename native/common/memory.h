// Returning memory to the system.
#pragma once

namespace densenode {

// Gives pages that are free inside malloc's arenas back to the system. glibc keeps them after the packed
// weights of a model were freed, so resident memory would creep up over rounds of load and dispose. Takes
// milliseconds: for pool threads.
void ReturnFreeMemory();

}  // namespace densenode
