// What wrote a file.
#pragma once

namespace densenode {

// Of package.json.
const char* Version();

}  // namespace densenode
