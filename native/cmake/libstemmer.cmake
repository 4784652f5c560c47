# Snowball's stemmers, linked statically where the system has the archive: the addon then needs no library for them.
find_path(DENSENODE_LIBSTEMMER_INCLUDE libstemmer.h)
find_library(DENSENODE_LIBSTEMMER_LIBRARY NAMES libstemmer.a stemmer)
if(NOT DENSENODE_LIBSTEMMER_INCLUDE OR NOT DENSENODE_LIBSTEMMER_LIBRARY)
  message(FATAL_ERROR "libstemmer not found. Run `npm run setup`, or install libstemmer-dev.")
endif()
add_library(densenode::libstemmer UNKNOWN IMPORTED)
set_target_properties(densenode::libstemmer PROPERTIES
  IMPORTED_LOCATION ${DENSENODE_LIBSTEMMER_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${DENSENODE_LIBSTEMMER_INCLUDE})
