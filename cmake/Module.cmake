# What tells ccache whether a precompiled header is the same, for no two clones make the same bytes of
# it: the compiler, its options, and when the headers were installed (its manual, "pch_external_checksum").
function(apiforge_sum_precompiled_headers TARGET WITNESS)
  get_target_property(HEADERS ${TARGET} PRECOMPILE_HEADERS)
  get_directory_property(OPTIONS COMPILE_OPTIONS)
  find_file(WITNESS_OF_${TARGET} ${WITNESS} PATHS ${CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES})
  file(TIMESTAMP "${WITNESS_OF_${TARGET}}" INSTALLED)
  string(TOUPPER "${CMAKE_BUILD_TYPE}" TYPE)
  string(SHA256 SUM "${CMAKE_CXX_COMPILER} ${CMAKE_CXX_COMPILER_VERSION} ${CMAKE_CXX_STANDARD} ${OPTIONS} \
${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${TYPE}} ${HEADERS} ${INSTALLED}")
  file(WRITE ${CMAKE_BINARY_DIR}/CMakeFiles/${TARGET}.dir/cmake_pch.hxx.gch.sum "${SUM}\n")
endfunction()

# Headers of the standard library, and of GoogleTest for tests, are compiled once. A source includes
# what it uses all the same: static analysis reads it without these.
add_library(apiforge_std_headers OBJECT ${CMAKE_SOURCE_DIR}/cmake/empty.cpp)
target_precompile_headers(apiforge_std_headers PRIVATE
  <algorithm> <array> <chrono> <cstdint> <expected> <functional> <map> <memory> <mutex> <optional>
  <span> <string> <string_view> <unordered_map> <utility> <vector>)
apiforge_sum_precompiled_headers(apiforge_std_headers vector)
if(APIFORGE_TESTS)
  add_library(apiforge_test_headers OBJECT ${CMAKE_SOURCE_DIR}/cmake/empty.cpp)
  target_link_libraries(apiforge_test_headers PRIVATE GTest::gmock)
  target_precompile_headers(apiforge_test_headers PRIVATE
    <gmock/gmock.h> <gtest/gtest.h> <algorithm> <chrono> <expected> <functional> <memory> <optional>
    <span> <string> <string_view> <utility> <vector>)
  apiforge_sum_precompiled_headers(apiforge_test_headers gmock/gmock.h)
endif()

# apiforge_module(NAME DEPENDS a b ... LIBRARIES x y ...)
#
# One folder = one static library `apiforge_<name>` of the *.cpp in it. Beside the code lie
#   *_test.cpp   -> one executable <name>_test
#   *_concurrency_test.cpp -> one executable <name>_concurrency_test, labelled `concurrency`: these run
#                   under the thread sanitizer too
#   *_bench.cpp  -> one executable <name>_bench
#   *_fuzz.cpp   -> one executable each, named after the file, with the corpus in <file>_corpus/
# FOLDERS are subfolders that belong to the same library.
# DEPENDS names modules that headers of this one may include; it is the dependency table in code.
function(apiforge_module NAME)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LIBRARIES;TEST_LIBRARIES;FOLDERS" ${ARGN})
  string(REPLACE "/" "_" TARGET_NAME ${NAME})
  set(TARGET apiforge_${TARGET_NAME})
  list(TRANSFORM ARG_FOLDERS APPEND /*.cpp OUTPUT_VARIABLE FOLDER_SOURCES)
  list(TRANSFORM ARG_FOLDERS APPEND /*_test.cpp OUTPUT_VARIABLE FOLDER_TESTS)
  file(GLOB SOURCES CONFIGURE_DEPENDS *.cpp ${FOLDER_SOURCES})
  file(GLOB TESTS CONFIGURE_DEPENDS *_test.cpp ${FOLDER_TESTS})
  set(CONCURRENCY_TESTS ${TESTS})
  list(FILTER CONCURRENCY_TESTS INCLUDE REGEX "_concurrency_test\\.cpp$")
  file(GLOB BENCHMARKS CONFIGURE_DEPENDS *_bench.cpp)
  file(GLOB FUZZERS CONFIGURE_DEPENDS *_fuzz.cpp)
  list(REMOVE_ITEM SOURCES ${TESTS} ${BENCHMARKS} ${FUZZERS} ${CMAKE_CURRENT_SOURCE_DIR}/main.cpp)
  set(MODULES "")
  foreach(DEPENDENCY ${ARG_DEPENDS})
    string(REPLACE "/" "_" DEPENDENCY ${DEPENDENCY})
    list(APPEND MODULES apiforge_${DEPENDENCY})
  endforeach()

  if(SOURCES)
    add_library(${TARGET} STATIC ${SOURCES})
    target_include_directories(${TARGET} PUBLIC ${CMAKE_SOURCE_DIR}/src ${CMAKE_BINARY_DIR}/generated)
    target_link_libraries(${TARGET} PUBLIC ${MODULES} ${ARG_LIBRARIES} Threads::Threads)
    target_precompile_headers(${TARGET} REUSE_FROM apiforge_std_headers)
  else()
    add_library(${TARGET} INTERFACE)
    target_include_directories(${TARGET} INTERFACE ${CMAKE_SOURCE_DIR}/src ${CMAKE_BINARY_DIR}/generated)
    target_link_libraries(${TARGET} INTERFACE ${MODULES} ${ARG_LIBRARIES} Threads::Threads)
  endif()

  if(APIFORGE_TESTS)
    list(REMOVE_ITEM TESTS ${CONCURRENCY_TESTS})
    apiforge_test(${TARGET_NAME}_test "unit" "${TESTS}" ${TARGET} ${ARG_TEST_LIBRARIES})
    apiforge_test(${TARGET_NAME}_concurrency_test "unit;concurrency" "${CONCURRENCY_TESTS}"
                  ${TARGET} ${ARG_TEST_LIBRARIES})
  endif()
  if(APIFORGE_BENCHMARKS AND BENCHMARKS)
    add_executable(${TARGET_NAME}_bench ${BENCHMARKS})
    target_link_libraries(${TARGET_NAME}_bench PRIVATE ${TARGET} benchmark::benchmark_main)
  endif()
  if(APIFORGE_FUZZ)
    foreach(FUZZER ${FUZZERS})
      get_filename_component(FUZZER_NAME ${FUZZER} NAME_WE)
      add_executable(${FUZZER_NAME} ${FUZZER})
      target_compile_options(${FUZZER_NAME} PRIVATE -fsanitize=fuzzer)
      target_link_options(${FUZZER_NAME} PRIVATE -fsanitize=fuzzer)
      target_link_libraries(${FUZZER_NAME} PRIVATE ${TARGET})
      foreach(LIBRARY ${ARG_TEST_LIBRARIES})
        if(TARGET ${LIBRARY})  # some are there with the tests only
          target_link_libraries(${FUZZER_NAME} PRIVATE ${LIBRARY})
        endif()
      endforeach()
      set_property(GLOBAL APPEND PROPERTY APIFORGE_FUZZERS ${FUZZER_NAME})
    endforeach()
  endif()
endfunction()

# One test executable of the given sources, with its labels; nothing when there are no sources.
function(apiforge_test NAME LABELS SOURCES)
  if(NOT SOURCES)
    return()
  endif()
  add_executable(${NAME} ${SOURCES})
  target_link_libraries(${NAME} PRIVATE ${ARGN} GTest::gmock GTest::gtest_main)
  # Only where it is used: what knows the folder is compiled anew in every clone.
  foreach(SOURCE ${SOURCES})
    file(STRINGS ${SOURCE} USES_FOLDER REGEX APIFORGE_SOURCE_DIR)
    if(USES_FOLDER)
      set_source_files_properties(${SOURCE} PROPERTIES COMPILE_DEFINITIONS
                                  APIFORGE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    endif()
  endforeach()
  target_precompile_headers(${NAME} REUSE_FROM apiforge_test_headers)
  add_test(NAME ${NAME} COMMAND ${NAME})
  set_tests_properties(${NAME} PROPERTIES TIMEOUT 300 LABELS "${LABELS}")
endfunction()
