# Compiler flags and sanitizers of all targets.
include(GNUInstallDirs)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# Use a compiler cache and a fast linker if they are installed.
find_program(RAPPEL_CCACHE ccache)
if(RAPPEL_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${RAPPEL_CCACHE})
endif()
find_program(RAPPEL_MOLD mold)
if(RAPPEL_MOLD AND CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang" AND NOT APPLE)
  add_link_options(-fuse-ld=mold)
endif()

add_library(rappel_flags INTERFACE)
target_compile_options(rappel_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wno-missing-field-initializers
                                              -fno-math-errno -ffp-contract=off)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports false positives in its own headers for these three.
  target_compile_options(rappel_flags INTERFACE -Wno-stringop-overflow -Wno-array-bounds -Wno-restrict)
endif()
if(RAPPEL_WERROR)
  target_compile_options(rappel_flags INTERFACE -Werror)
endif()
target_include_directories(rappel_flags INTERFACE ${CMAKE_CURRENT_LIST_DIR}/../src)
find_package(Threads REQUIRED)
target_link_libraries(rappel_flags INTERFACE Threads::Threads)

if(RAPPEL_SANITIZE)
  add_compile_options(-fsanitize=${RAPPEL_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${RAPPEL_SANITIZE})
  if(RAPPEL_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC warns about each fence in libstdc++, because its tsan does not model fences.
    add_compile_options(-Wno-tsan)
  endif()
endif()
