# ONNX Runtime: headers at build time; the library is opened by path at run time (see encoder/onnx_runtime.h), so
# that another copy of it in the process (onnxruntime-node, say) never takes its place.
set(DENSENODE_ONNXRUNTIME "$ENV{ONNXRUNTIME_ROOT}" CACHE PATH "Folder with include/ and lib/libonnxruntime.so*")
if(NOT DENSENODE_ONNXRUNTIME)
  file(GLOB _found ${DENSENODE_THIRD_PARTY}/onnxruntime-[0-9]*)
  list(GET _found -1 DENSENODE_ONNXRUNTIME)
endif()
file(GLOB _libraries ${DENSENODE_ONNXRUNTIME}/lib/libonnxruntime.so*)
if(NOT _libraries OR NOT EXISTS ${DENSENODE_ONNXRUNTIME}/include/onnxruntime_c_api.h)
  message(FATAL_ERROR "ONNX Runtime not found in ${DENSENODE_ONNXRUNTIME}. Run `npm run setup`, or set ONNXRUNTIME_ROOT.")
endif()
list(GET _libraries -1 DENSENODE_ONNXRUNTIME_LIBRARY)
add_library(densenode::onnxruntime_headers INTERFACE IMPORTED)
set_target_properties(densenode::onnxruntime_headers PROPERTIES
  INTERFACE_INCLUDE_DIRECTORIES ${DENSENODE_ONNXRUNTIME}/include)
