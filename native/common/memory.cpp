#include "common/memory.h"

#include <malloc.h>

namespace densenode {

void ReturnFreeMemory() { ::malloc_trim(0); }

}  // namespace densenode
