# The Node addon: build/Release/densenode.node, with the shared libraries it needs beside it (rpath $ORIGIN). A CUDA build
# makes densenode.cuda.node, with its own ONNX Runtime in the folder cuda/ beside it.
# Run by cmake-js, which sets CMAKE_JS_INC (node-api-headers and node-addon-api) and the output folder.
if(NOT CMAKE_JS_INC)
  message(FATAL_ERROR "The addon is built by cmake-js: run `npm run build`, or configure with -DDENSENODE_ADDON=OFF.")
endif()

file(GLOB DENSENODE_BINDING_SOURCES CONFIGURE_DEPENDS native/addon.cpp native/binding/*.cpp)
add_library(densenode MODULE ${DENSENODE_BINDING_SOURCES} ${CMAKE_CURRENT_LIST_DIR}/glibc_compat.cpp)
target_include_directories(densenode SYSTEM PRIVATE ${CMAKE_JS_INC})
target_compile_definitions(densenode PRIVATE NAPI_VERSION=8 NAPI_CPP_EXCEPTIONS
  NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS)  # a terminating worker refuses exceptions; without this they end the process
target_compile_options(densenode PRIVATE -Wall -Wextra -Werror)
target_link_libraries(densenode PRIVATE densenode_core)

# Only Node's entry points are visible: the C++ run time and FAISS inside never meet another addon's copy. libgcc stays
# shared: ONNX Runtime needs it anyway, and the static one asks for a newer glibc.
set(_exports ${CMAKE_CURRENT_LIST_DIR}/addon.map)
target_link_options(densenode PRIVATE
  -static-libstdc++ -Wl,--version-script=${_exports} -Wl,--no-undefined-version
  -Wl,-z,now)  # a function that is missing ends the load, not the process at its first call
set_target_properties(densenode PROPERTIES
  PREFIX "" SUFFIX ".node" LINK_DEPENDS ${_exports}
  BUILD_WITH_INSTALL_RPATH ON INSTALL_RPATH "$ORIGIN")

# libgomp uses initial-exec thread-local storage and cannot be linked into a shared object statically: it is shipped.
execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=libgomp.so.1
  OUTPUT_VARIABLE DENSENODE_OPENMP_LIBRARY OUTPUT_STRIP_TRAILING_WHITESPACE)
get_filename_component(_openmp ${DENSENODE_OPENMP_LIBRARY} REALPATH)
set(_beside $<TARGET_FILE_DIR:densenode>)
set(_runtimes ${DENSENODE_ONNXRUNTIME_LIBRARY})
set(_runtime_folder ${_beside})
if(DENSENODE_CUDA)
  set_target_properties(densenode PROPERTIES OUTPUT_NAME densenode.cuda)
  set(_runtimes ${DENSENODE_ONNXRUNTIME_CUDA_LIBRARIES})
  set(_runtime_folder ${_beside}/cuda)
endif()
add_custom_command(TARGET densenode POST_BUILD VERBATIM
  COMMAND ${CMAKE_COMMAND} -E make_directory ${_runtime_folder}
  COMMAND ${CMAKE_COMMAND} -E copy_if_different ${_runtimes} ${_runtime_folder}
  COMMAND ${CMAKE_COMMAND} -E copy_if_different ${DENSENODE_OPENBLAS_LIBRARY} ${_beside}
  COMMAND ${CMAKE_COMMAND} -E copy_if_different ${_openmp} ${_beside}/libgomp.so.1)
