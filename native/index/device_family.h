// Which index families have a form on a GPU.
#pragma once

#include <faiss/Index.h>

#include <string>

#include "index/device_backend.h"

namespace densenode {

// Throws INDEX_UNSUPPORTED that names the part which FAISS has no GPU form of and lists the families that
// have one, and INVALID_ARGUMENT where `storage` is not for the family. Needs no device.
void CheckDeviceFamily(const faiss::Index& index, const std::string& factory, Storage storage);

}  // namespace densenode
