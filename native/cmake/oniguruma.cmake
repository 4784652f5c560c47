# Oniguruma from the source that scripts/setup keeps in the cache: a small static library, UTF-8 only.
set(DENSENODE_ONIGURUMA "" CACHE PATH "Folder with the source of Oniguruma (src/oniguruma.h)")
if(NOT DENSENODE_ONIGURUMA)
  file(GLOB _found ${DENSENODE_THIRD_PARTY}/oniguruma-*)
  if(_found)
    list(GET _found -1 DENSENODE_ONIGURUMA)
  endif()
endif()
set(_source ${DENSENODE_ONIGURUMA}/src)
if(NOT EXISTS ${_source}/oniguruma.h)
  message(FATAL_ERROR "Oniguruma not found at ${_source}. Run `npm run setup`.")
endif()
set(_config ${CMAKE_CURRENT_BINARY_DIR}/oniguruma)
file(CONFIGURE OUTPUT ${_config}/config.h CONTENT [[
#define STDC_HEADERS 1
#define HAVE_ALLOCA_H 1
#define HAVE_INTTYPES_H 1
#define HAVE_STDINT_H 1
#define HAVE_SYS_TIME_H 1
#define HAVE_SYS_TYPES_H 1
#define HAVE_UNISTD_H 1
#define SIZEOF_INT 4
#define SIZEOF_LONG 8
#define SIZEOF_LONG_LONG 8
#define SIZEOF_VOIDP 8
]])
set(_names ascii onig_init regcomp regenc regerror regexec regext regparse regsyntax regtrav regversion st unicode
  unicode_fold1_key unicode_fold2_key unicode_fold3_key unicode_unfold_key utf8)
list(TRANSFORM _names REPLACE "(.+)" "${_source}/\\1.c" OUTPUT_VARIABLE _files)
add_library(oniguruma STATIC ${_files})
add_library(densenode::oniguruma ALIAS oniguruma)
target_compile_definitions(oniguruma PUBLIC ONIG_STATIC PRIVATE HAVE_CONFIG_H)
target_include_directories(oniguruma SYSTEM PUBLIC ${_source} PRIVATE ${_config})
target_compile_options(oniguruma PRIVATE -w)
