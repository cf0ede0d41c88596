# One static library a folder, with an explicit source list: suyuan_library(name SOURCES … DEPS …).
# Includes are written from the repository root, so that each shows its layer.
add_library(suyuan_flags INTERFACE)
target_include_directories(suyuan_flags INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/proto)
target_compile_options(suyuan_flags INTERFACE -Wall -Wextra -Werror -Wno-missing-field-initializers
  -fno-omit-frame-pointer -pthread)  # gRPC adds -pthread: a shared header wants it everywhere.
target_compile_definitions(suyuan_flags INTERFACE SUYUAN_VERSION="${PROJECT_VERSION}")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # gcc 12 warns of std::string's own copies (GCC bug 105329, 105651).
  target_compile_options(suyuan_flags INTERFACE -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(suyuan_flags INTERFACE -Wthread-safety)
endif()
if(SUYUAN_SANITIZE)
  # The first finding ends the test; without it UBSan writes a line that nobody reads.
  add_compile_options(-fsanitize=${SUYUAN_SANITIZE} -fno-sanitize-recover=all -g1)
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
  add_link_options(-fsanitize=${SUYUAN_SANITIZE})
  if(SUYUAN_SANITIZE STREQUAL "thread")
    # Debian's protobuf and abseil are not built for it, and lay some classes out otherwise: their
    # headers must not know. The standard library must.
    add_compile_options(-U__SANITIZE_THREAD__ -D_GLIBCXX_TSAN=1)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # What the checks are compiled to confuses the first; the second is of fences inside Asio.
    add_compile_options(-Wno-maybe-uninitialized -Wno-tsan)
  endif()
endif()

# Headers compiled once and read by many targets: suyuan_pch(name HEADERS … DEPS …), then PCH name.
function(suyuan_pch name)
  cmake_parse_arguments(ARG "" "" "HEADERS;DEPS" ${ARGN})
  add_library(suyuan_pch_${name} STATIC ${CMAKE_SOURCE_DIR}/cmake/pch.cc)
  target_link_libraries(suyuan_pch_${name} PRIVATE suyuan_flags ${ARG_DEPS})
  target_precompile_headers(suyuan_pch_${name} PRIVATE ${ARG_HEADERS})
endfunction()

function(suyuan_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PCH" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC suyuan_flags ${ARG_DEPS})
  if(ARG_PCH)
    target_precompile_headers(${name} REUSE_FROM suyuan_pch_${ARG_PCH})
  endif()
endfunction()

# What serves, and what measures it: docs/decisions/0007. Sanitizers bring an allocator of their own.
function(suyuan_allocator name)
  if(NOT SUYUAN_SANITIZE)
    target_link_libraries(${name} PRIVATE -Wl,--no-as-needed PkgConfig::JEMALLOC -Wl,--as-needed)
  endif()
endfunction()

function(suyuan_binary name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PCH" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE suyuan_flags ${ARG_DEPS})
  if(ARG_PCH)
    target_precompile_headers(${name} REUSE_FROM suyuan_pch_${ARG_PCH})
  endif()
endfunction()

# One test binary a suite; ctest sees every test by its own name. LABELS: quick (default) or long.
include(GoogleTest)
function(suyuan_test name)
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;DEPS;PCH" ${ARGN})
  if(NOT ARG_LABEL)
    set(ARG_LABEL quick)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  suyuan_binary(${name} SOURCES ${ARG_SOURCES} DEPS ${ARG_DEPS} suyuan_test_main PCH ${ARG_PCH})
  target_compile_options(${name} PRIVATE -O0)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST
    PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT})
endfunction()
