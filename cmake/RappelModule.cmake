# rappel_module(NAME SOURCES a.cc.. [DEPS module..] [LIBS target..] [TESTS a_test.cc..])
# One static library per folder under src/, named rappel_NAME; its tests become one executable NAME_test with one
# ctest entry per case. Tests run in the root of the source tree.
function(rappel_module name)
  cmake_parse_arguments(M "" "" "SOURCES;DEPS;LIBS;TESTS" ${ARGN})
  add_library(rappel_${name} STATIC ${M_SOURCES})
  list(TRANSFORM M_DEPS PREPEND rappel_)
  target_link_libraries(rappel_${name} PUBLIC rappel_flags ${M_DEPS} ${M_LIBS})
  if(RAPPEL_TESTS AND M_TESTS)
    rappel_test(${name}_test SOURCES ${M_TESTS} DEPS ${name})
  endif()
endfunction()

function(rappel_test name)
  cmake_parse_arguments(T "" "" "SOURCES;DEPS;LIBS" ${ARGN})
  add_executable(${name} ${T_SOURCES})
  list(TRANSFORM T_DEPS PREPEND rappel_)
  target_link_libraries(${name} PRIVATE ${T_DEPS} ${T_LIBS} rappel_testing GTest::gtest GTest::gtest_main)
  # Half of the time to compile a test is for these headers. A precompiled header differs between checkouts, which a
  # compiler cache could not share.
  list(LENGTH T_SOURCES sources)
  if(NOT RAPPEL_CCACHE AND sources GREATER 3)
    target_precompile_headers(${name} PRIVATE <gtest/gtest.h> <algorithm> <filesystem> <fstream> <map> <random> <set>
                              <thread>)
  endif()
  gtest_discover_tests(${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} DISCOVERY_MODE PRE_TEST
                       DISCOVERY_TIMEOUT 60 PROPERTIES ENVIRONMENT "RAPPEL_EXTRACT=${CMAKE_BINARY_DIR}/rappel-extract" TIMEOUT 600 SKIP_REGULAR_EXPRESSION "\\[  SKIPPED \\]")
endfunction()
