# OpenBLAS from the PyPI wheel scipy-openblas32: self-contained (no Fortran run time), CPU dispatch at run time,
# symbols prefixed with scipy_.
set(DENSENODE_OPENBLAS "$ENV{OPENBLAS_ROOT}" CACHE PATH "Folder with lib/libscipy_openblas.so")
if(NOT DENSENODE_OPENBLAS)
  file(GLOB _found ${DENSENODE_THIRD_PARTY}/openblas-*)
  list(GET _found -1 DENSENODE_OPENBLAS)
endif()
set(DENSENODE_OPENBLAS_LIBRARY ${DENSENODE_OPENBLAS}/lib/libscipy_openblas.so)
if(NOT EXISTS ${DENSENODE_OPENBLAS_LIBRARY})
  message(FATAL_ERROR "OpenBLAS not found at ${DENSENODE_OPENBLAS_LIBRARY}. Run `npm run setup`, or set OPENBLAS_ROOT.")
endif()
add_library(densenode::openblas SHARED IMPORTED)
set_target_properties(densenode::openblas PROPERTIES IMPORTED_LOCATION ${DENSENODE_OPENBLAS_LIBRARY})
