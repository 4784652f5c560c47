// Returning memory to the system.
#pragma once

namespace densenode {

// Gives pages that are free inside malloc's arenas back to the system. glibc keeps them after the weights of
// a model were freed, and they break into pieces: resident memory would grow by megabytes with every load and
// dispose. Takes milliseconds: for pool threads.
void ReturnFreeMemory();

}  // namespace densenode
