#pragma once

#include <string>

namespace densenode::fuzz {

// Makes sizes and checksums in the header of a container (native/common/container.h) those of what follows.
void RepairContainer(std::string& input);

}  // namespace densenode::fuzz
