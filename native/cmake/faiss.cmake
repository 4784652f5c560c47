# FAISS as a static library that scripts/setup built from source for one instruction set and keeps in the cache.
set(DENSENODE_FAISS "" CACHE PATH "Folder with include/faiss and lib/libfaiss.a built for DENSENODE_ISA")
if(NOT DENSENODE_FAISS)
  file(GLOB _found ${DENSENODE_THIRD_PARTY}/faiss-*-${DENSENODE_ISA})
  if(_found)
    list(GET _found -1 DENSENODE_FAISS)
  endif()
endif()
set(_library ${DENSENODE_FAISS}/lib/libfaiss.a)
if(NOT EXISTS ${_library})
  message(FATAL_ERROR "FAISS for ${DENSENODE_ISA} not found at ${_library}. Run `npm run setup`.")
endif()
add_library(densenode::faiss STATIC IMPORTED)
set_target_properties(densenode::faiss PROPERTIES
  IMPORTED_LOCATION ${_library}
  INTERFACE_INCLUDE_DIRECTORIES ${DENSENODE_FAISS}/include
  INTERFACE_LINK_LIBRARIES densenode::openblas)
