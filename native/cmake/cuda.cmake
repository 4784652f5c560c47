# A CUDA build: the toolkit, the GPU part of FAISS, ONNX Runtime's CUDA provider. densenode_add_cuda(target) adds native/cuda.
#
# Nothing of CUDA is linked but its static run time: the driver is opened by that, cuBLAS and the rest by
# native/cuda/cuda_libraries.cpp, so the addon loads on a machine that has neither.
set(DENSENODE_CUDA_ARCHITECTURES "90" CACHE STRING "Compute capabilities times ten, ascending, with commas: 80,90")
set(DENSENODE_CUDA_TOOLKIT_LIBRARIES "" CACHE PATH "Where a local build looks for CUDA's libraries; empty in a release")
string(REPLACE "," ";" _architectures "${DENSENODE_CUDA_ARCHITECTURES}")
string(REPLACE "," "-" _variant "${DENSENODE_CUDA_ARCHITECTURES}")

# Machine code for each, and for later devices the intermediate code of the last.
set(CMAKE_CUDA_ARCHITECTURES ${_architectures})
list(POP_BACK CMAKE_CUDA_ARCHITECTURES _last)
list(TRANSFORM CMAKE_CUDA_ARCHITECTURES APPEND "-real")
list(APPEND CMAKE_CUDA_ARCHITECTURES ${_last})

if(NOT CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX} AND EXISTS ${DENSENODE_THIRD_PARTY}/cuda-13.0/bin/nvcc)
  set(CMAKE_CUDA_COMPILER ${DENSENODE_THIRD_PARTY}/cuda-13.0/bin/nvcc)
endif()
set(CMAKE_CUDA_HOST_COMPILER ${CMAKE_CXX_COMPILER})
set(CMAKE_CUDA_RUNTIME_LIBRARY Static)
enable_language(CUDA)
set(CMAKE_CUDA_VISIBILITY_PRESET hidden)
foreach(_kind STANDARD EXTENSION)  # CMake before 3.26 does not know nvcc's option
  set(CMAKE_CUDA20_${_kind}_COMPILE_OPTION "-std=c++20")
endforeach()
find_package(CUDAToolkit 13.0 REQUIRED)
message(STATUS "CUDA ${CUDAToolkit_VERSION} for ${_architectures}")

set(DENSENODE_FAISS_GPU "" CACHE PATH "Folder with include/faiss/gpu and lib/libfaiss_gpu.a for DENSENODE_CUDA_ARCHITECTURES")
if(NOT DENSENODE_FAISS_GPU)
  file(GLOB _found ${DENSENODE_THIRD_PARTY}/faiss-*-cuda-${_variant})
  if(_found)
    list(GET _found -1 DENSENODE_FAISS_GPU)
  endif()
endif()
if(NOT EXISTS ${DENSENODE_FAISS_GPU}/lib/libfaiss_gpu.a)
  message(FATAL_ERROR "FAISS's GPU part for ${DENSENODE_CUDA_ARCHITECTURES} was not found. Run `npm run setup -- --cuda`.")
endif()
set(DENSENODE_ONNXRUNTIME_GPU "" CACHE PATH "Folder with lib/libonnxruntime.so* and lib/libonnxruntime_providers_cuda.so")
if(NOT DENSENODE_ONNXRUNTIME_GPU)
  file(GLOB _found ${DENSENODE_THIRD_PARTY}/gpu-onnxruntime-*)
  if(_found)
    list(GET _found -1 DENSENODE_ONNXRUNTIME_GPU)
  endif()
endif()
file(GLOB DENSENODE_ONNXRUNTIME_CUDA_LIBRARIES ${DENSENODE_ONNXRUNTIME_GPU}/lib/libonnxruntime*.so*)
if(NOT DENSENODE_ONNXRUNTIME_CUDA_LIBRARIES MATCHES "providers_cuda")
  message(FATAL_ERROR "ONNX Runtime's CUDA provider was not found in ${DENSENODE_ONNXRUNTIME_GPU}. Run `npm run setup -- --cuda`.")
endif()
# The library of the provider's own version takes the place of the one for the CPU.
list(FILTER DENSENODE_ONNXRUNTIME_CUDA_LIBRARIES EXCLUDE REGEX "tensorrt")
set(_runtime ${DENSENODE_ONNXRUNTIME_CUDA_LIBRARIES})
list(FILTER _runtime INCLUDE REGEX "libonnxruntime\\.so")
list(GET _runtime -1 DENSENODE_ONNXRUNTIME_LIBRARY)

# FAISS calls cuBLAS through our forwarding functions, which must come after it on the link line.
add_library(densenode_cublas STATIC native/cuda/cublas_forward.cpp)
target_include_directories(densenode_cublas PRIVATE native)
target_compile_options(densenode_cublas PRIVATE -Wall -Wextra -Werror)
target_link_libraries(densenode_cublas PUBLIC CUDA::cudart_static)
add_library(densenode::faiss_gpu STATIC IMPORTED)
set_target_properties(densenode::faiss_gpu PROPERTIES
  IMPORTED_LOCATION ${DENSENODE_FAISS_GPU}/lib/libfaiss_gpu.a
  INTERFACE_INCLUDE_DIRECTORIES ${DENSENODE_FAISS_GPU}/include
  INTERFACE_LINK_LIBRARIES "densenode::faiss;densenode_cublas;CUDA::cudart_static")

# native/cuda into a target; our kernels are held to the same warnings as our C++.
function(densenode_add_cuda target)
  file(GLOB sources CONFIGURE_DEPENDS native/cuda/*.cpp native/cuda/*.cu)
  list(FILTER sources EXCLUDE REGEX "cublas_forward")
  target_sources(${target} PRIVATE ${sources})
  target_compile_definitions(${target} PUBLIC DENSENODE_CUDA)
  set_source_files_properties(native/cuda/cuda_support.cpp PROPERTIES
    COMPILE_DEFINITIONS DENSENODE_CUDA_ARCHITECTURES="${DENSENODE_CUDA_ARCHITECTURES}")
  if(DENSENODE_CUDA_TOOLKIT_LIBRARIES)
    set_source_files_properties(native/cuda/cuda_libraries.cpp PROPERTIES
      COMPILE_DEFINITIONS DENSENODE_CUDA_TOOLKIT_LIBRARIES="${DENSENODE_CUDA_TOOLKIT_LIBRARIES}")
  endif()
  target_compile_options(${target} PRIVATE
    "$<$<COMPILE_LANGUAGE:CUDA>:-Werror=all-warnings;-Xcompiler=-Wall,-Wextra,-Werror;-Xfatbin=-compress-all>")
  target_link_libraries(${target} PUBLIC densenode::faiss_gpu)
endfunction()
