#include "common/version.h"

namespace densenode {

const char* Version() { return DENSENODE_VERSION; }

}  // namespace densenode
