# One build, one instruction set: avx2 (every x86-64 server since 2013) or avx512 (F, BW, DQ, VL, CD; FAISS's set).
# The package holds both and the loader picks by CPU.
if(DENSENODE_ISA STREQUAL "native")
  file(STRINGS /proc/cpuinfo _flags REGEX "^flags" LIMIT_COUNT 1)
  if(_flags MATCHES " avx512f " AND _flags MATCHES " avx512bw " AND _flags MATCHES " avx512dq " AND _flags MATCHES " avx512vl ")
    set(DENSENODE_ISA avx512)
  elseif(_flags MATCHES " avx2 " AND _flags MATCHES " fma ")
    set(DENSENODE_ISA avx2)
  else()
    message(FATAL_ERROR "densenode needs a CPU with AVX2 and FMA; this one has neither AVX-512 nor AVX2")
  endif()
endif()
if(DENSENODE_ISA STREQUAL "avx2")
  set(densenode_isa_flags -mavx2 -mfma -mf16c -mpopcnt)
elseif(DENSENODE_ISA STREQUAL "avx512")
  set(densenode_isa_flags -mavx2 -mfma -mf16c -mpopcnt -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512cd)
  # GCC before 13 finds its own AVX-512 intrinsics uninitialized (GCC bug 105593).
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    list(APPEND densenode_isa_flags -Wno-uninitialized -Wno-maybe-uninitialized)
  endif()
else()
  message(FATAL_ERROR "DENSENODE_ISA must be native, avx2 or avx512, not ${DENSENODE_ISA}")
endif()
message(STATUS "Instruction set: ${DENSENODE_ISA}")

# native/encoder/cpu: kernels for CPUs with AVX512-BF16, some with AMX too. They are in the AVX-512 build alone, where each
# source that needs more than the build's instructions has its own flags; nothing else may run those sources before it has
# looked at the CPU (native/common/cpu_features.h).
function(densenode_add_bf16_kernels target)
  if(NOT DENSENODE_ISA STREQUAL "avx512")
    return()
  endif()
  file(GLOB sources CONFIGURE_DEPENDS native/encoder/cpu/*.cpp)
  target_sources(${target} PRIVATE ${sources})
  foreach(name activation attention avx512_kernel layer_norm packed_matrix)
    set_source_files_properties(native/encoder/cpu/${name}.cpp PROPERTIES COMPILE_OPTIONS "-mavx512bf16")
  endforeach()
  set_source_files_properties(native/encoder/cpu/amx_kernel.cpp PROPERTIES COMPILE_OPTIONS "-mamx-tile;-mamx-bf16")
endfunction()
