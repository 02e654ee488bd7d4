# Compiler cache, linker, warnings and sanitizers for every target of the project.
find_program(CCACHE ccache)
if(CCACHE)
  # Clones in other folders share what is compiled; and what ccache must overlook to work with
  # precompiled headers (its manual, "Compiling in different directories" and "Precompiled headers").
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_PCH_EXTSUM=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endif()

find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(-Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
# The sanitizers make GCC's flow analysis report paths that cannot happen.
if(APIFORGE_SANITIZE)
  add_compile_options(-fsanitize=${APIFORGE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${APIFORGE_SANITIZE})
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports false positives of these inside libstdc++ at -O2.
  add_compile_options(-Wno-error=restrict -Wno-error=stringop-overflow -Wno-error=array-bounds
                      -Wno-error=maybe-uninitialized)
  if(CMAKE_UNITY_BUILD)
    # It takes the sources of a unit for headers.
    add_compile_options(-Wno-subobject-linkage)
  endif()
  if(APIFORGE_SANITIZE)
    # The thread sanitizer does not see Asio's fences; its mutexes order the same and are seen.
    add_compile_options(-Wno-tsan)
  endif()
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # std::stable_sort of libstdc++ 12 calls what libstdc++ 12 calls deprecated.
  add_compile_options(-Wno-error=deprecated-declarations)
endif()
# The binary that is shipped is compiled twice (tools/dist.py, ADR 0018): with counters that write
# down what a load makes it do, beside the objects, and then by what they have written down.
set(APIFORGE_PROFILE "" CACHE STRING "generate or use")
if(APIFORGE_PROFILE STREQUAL "generate")
  add_compile_options(-fprofile-generate -fprofile-update=prefer-atomic)
  add_link_options(-fprofile-generate)
elseif(APIFORGE_PROFILE STREQUAL "use")
  # What the load did not reach is compiled as without a profile.
  add_compile_options(-fprofile-use -fprofile-partial-training -fprofile-correction -Wno-missing-profile -flto=auto)
  add_link_options(-fprofile-use -flto=auto)
endif()
if(APIFORGE_FUZZ)
  # Coverage feedback from the code under test, not only from the target itself.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-Og -g1")
