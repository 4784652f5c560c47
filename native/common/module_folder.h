// Where the addon (or the test program) that contains this code lies: its shared libraries are beside it.
#pragma once

#include <filesystem>

namespace densenode {

// Absolute; empty if the loader does not know.
std::filesystem::path ModuleFolder();

}  // namespace densenode
