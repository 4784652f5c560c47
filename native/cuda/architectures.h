// Which devices the compiled kernels run on.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace densenode {

// "75,80,90": compute capabilities times ten, ascending.
std::vector<int> ParseArchitectures(std::string_view text);

// Machine code of one architecture runs on later devices of the same major version. The last architecture is
// also there as intermediate code, which the driver compiles for any later device.
bool RunsOn(int major, int minor, const std::vector<int>& architectures);

}  // namespace densenode
