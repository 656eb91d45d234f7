# How tests, fuzzers and benchmarks are made.
include(GoogleTest)

# Settings of what only tests use: as of the other targets, but not optimised, whatever the build. What is tested still
# is; and most of the time a build took went into optimising GoogleTest and nlohmann-json within the tests.
function(vigil_test_settings target)
  vigil_settings(${target})
  target_compile_options(${target} PRIVATE -O0)
endfunction()

# vigil_add_test(NAME SOURCES... [LIBRARIES library...] [TIMEOUT seconds] [LABELS label...] [ENVIRONMENT NAME=VALUE...]
#                [SERIAL] [OPTIMISED] [FILTER filter])
#
# A GoogleTest program NAME_test that sees all of the library's inside. Each of its tests is one for ctest, called
# NAME.Suite.Case. SERIAL: while one of them runs, no other test does; for those that change the whole system.
# OPTIMISED: the tests compute for long themselves. FILTER: which of them ctest knows, as for GoogleTest.
function(vigil_add_test name)
  cmake_parse_arguments(PARSE_ARGV 1 test "SERIAL;OPTIMISED" "TIMEOUT;FILTER" "SOURCES;LIBRARIES;LABELS;ENVIRONMENT")
  if(NOT test_TIMEOUT)
    set(test_TIMEOUT 120)
    if(WIN32)  # more than once what a test waits for anything
      set(test_TIMEOUT 300)
    endif()
  endif()
  set(target ${name}_test)
  add_executable(${target} ${test_UNPARSED_ARGUMENTS} ${test_SOURCES})
  if(test_OPTIMISED)
    vigil_settings(${target})
  else()
    vigil_test_settings(${target})
    target_precompile_headers(${target} REUSE_FROM vigil_googletest)
  endif()
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(${target} PRIVATE vigil_internal ${test_LIBRARIES} GTest::gtest GTest::gmock GTest::gtest_main)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  set(properties TIMEOUT ${test_TIMEOUT} SKIP_REGULAR_EXPRESSION "\\[  SKIPPED \\]")
  if(test_SERIAL)
    list(APPEND properties RUN_SERIAL ON)
  endif()
  if(test_LABELS)
    list(APPEND properties LABELS "${test_LABELS}")
  endif()
  if(test_ENVIRONMENT)
    list(APPEND properties ENVIRONMENT "${test_ENVIRONMENT}")
  endif()
  gtest_discover_tests(${target}
    TEST_PREFIX ${name}.
    DISCOVERY_MODE PRE_TEST
    DISCOVERY_TIMEOUT 60
    NO_PRETTY_VALUES
    TEST_FILTER "${test_FILTER}"
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
    PROPERTIES ${properties})
endfunction()

# vigil_add_fuzzer(NAME SOURCES... [CORPUS folder])
#
# A program NAME_fuzzer around LLVMFuzzerTestOneInput. Clang makes a libFuzzer of it; any other compiler a program that
# replays the files it is given. Either way ctest replays the corpus, fuzz/corpus/NAME unless said otherwise.
function(vigil_add_fuzzer name)
  cmake_parse_arguments(PARSE_ARGV 1 fuzzer "" "CORPUS" "SOURCES;LIBRARIES")
  if(NOT fuzzer_CORPUS)
    set(fuzzer_CORPUS "${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name}")
  endif()
  set(target ${name}_fuzzer)
  add_executable(${target} ${fuzzer_UNPARSED_ARGUMENTS} ${fuzzer_SOURCES})
  vigil_settings(${target})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/fuzz")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    vigil_sanitize(${target} fuzzer address undefined)
    target_link_libraries(${target} PRIVATE vigil_fuzzed ${fuzzer_LIBRARIES})
    set(replay -runs=0)
  else()
    target_sources(${target} PRIVATE "${PROJECT_SOURCE_DIR}/fuzz/replay_main.cpp")
    target_link_libraries(${target} PRIVATE vigil_internal ${fuzzer_LIBRARIES})
    set(replay)
  endif()
  add_test(NAME fuzz.${name} COMMAND ${target} ${replay} "${fuzzer_CORPUS}")
  set_tests_properties(fuzz.${name} PROPERTIES TIMEOUT 120 LABELS fuzz)
endfunction()

# vigil_add_benchmark(NAME SOURCES... [LIBRARIES library...])
#
# A Google Benchmark program NAME_benchmark. ctest runs each benchmark for a moment, so that none can rot.
function(vigil_add_benchmark name)
  cmake_parse_arguments(PARSE_ARGV 1 benchmark "" "" "SOURCES;LIBRARIES")
  set(target ${name}_benchmark)
  add_executable(${target} ${benchmark_UNPARSED_ARGUMENTS} ${benchmark_SOURCES})
  vigil_settings(${target})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bench")
  target_link_libraries(${target} PRIVATE
    vigil_internal ${benchmark_LIBRARIES} benchmark::benchmark benchmark::benchmark_main)
  add_test(NAME bench.${name} COMMAND ${target} --benchmark_min_time=0.001)
  set_tests_properties(bench.${name} PROPERTIES TIMEOUT 120 LABELS bench)
endfunction()
