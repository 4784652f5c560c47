// cuBLAS for the GPU part of FAISS, which calls eight of its functions. They are defined here and call the
// library that SetCublas was given: linked directly, the addon would not load on a machine without cuBLAS,
// and it could only be found where the loader looks.
#pragma once

namespace densenode {

// handle: of dlopen. Before this, every function returns CUBLAS_STATUS_NOT_INITIALIZED. Returns the name of a
// function that the library lacks, or null, and then the library is in use.
const char* SetCublas(void* handle);

}  // namespace densenode
