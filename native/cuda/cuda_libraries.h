// The CUDA libraries that FAISS and ONNX Runtime's CUDA provider need. None of them is linked or shipped: the
// addon loads without them, and they are opened here before the first use, from wherever this machine has
// them.
#pragma once

namespace densenode {

// Opens the libraries, once; the provider finds them by name afterwards. Looks for each in this order:
//   1. the process has it already,
//   2. the folders of the environment variable DENSENODE_CUDA_LIBRARIES, separated by colons,
//   3. the folder of the addon,
//   4. the toolkit that a local build was compiled with,
//   5. where the loader looks (LD_LIBRARY_PATH, ldconfig), then /usr/local/cuda/lib64.
// Throws DEVICE_UNAVAILABLE that names every missing library, and the remedy. cuDNN, cuFFT and NVRTC may be
// missing.
void PreloadCudaLibraries();

// Whether PreloadCudaLibraries found cuDNN, which ONNX Runtime uses for convolutions and a few more
// operators.
bool HasCudnn();

}  // namespace densenode
