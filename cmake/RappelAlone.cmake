# Builds the engine alone from installed headers and sources, without linking shared libraries that the target machine may
# lack. Include this before any module and set `root` to the source tree.
set(RAPPEL_TESTS ON)
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
enable_testing()
include(GoogleTest)
include(${CMAKE_CURRENT_LIST_DIR}/RappelToolchain.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/RappelModule.cmake)

# Header-only replacements under the names that the modules link.
add_library(fmt INTERFACE)
target_compile_definitions(fmt INTERFACE FMT_HEADER_ONLY)
add_library(fmt::fmt ALIAS fmt)
add_library(spdlog INTERFACE)
target_compile_definitions(spdlog INTERFACE SPDLOG_FMT_EXTERNAL)
add_library(spdlog::spdlog ALIAS spdlog)
add_library(json INTERFACE)
add_library(nlohmann_json::nlohmann_json ALIAS json)
add_library(hwy INTERFACE)
add_library(PkgConfig::HWY ALIAS hwy)
# Models are not compressed, so nothing of the engine unpacks.
add_library(zlib INTERFACE)
add_library(ZLIB::ZLIB ALIAS zlib)
# Hashes need a library. The engine tests do not check them, so a stand-in is enough.
add_library(crypto STATIC ${root}/tests/emulated/sha256_stand_in.cc)
target_link_libraries(crypto PRIVATE rappel_flags)
add_library(OpenSSL::Crypto ALIAS crypto)
set(googletest /usr/src/googletest/googletest CACHE PATH "Source of GoogleTest, from libgtest-dev")
add_library(gtest STATIC ${googletest}/src/gtest-all.cc)
target_include_directories(gtest PUBLIC ${googletest}/include PRIVATE ${googletest})
add_library(GTest::gtest ALIAS gtest)
add_library(gtest_main STATIC ${googletest}/src/gtest_main.cc)
target_link_libraries(gtest_main PRIVATE gtest)
add_library(GTest::gtest_main ALIAS gtest_main)

# Tokenizers need ICU and simdjson. The engine tests do without them.
add_library(rappel_text STATIC ${root}/tests/emulated/tokenizer_settings_stand_in.cc)
target_link_libraries(rappel_text PUBLIC rappel_flags)

foreach(module base testing codec formats engine)
  add_subdirectory(${root}/src/${module} ${module} EXCLUDE_FROM_ALL)
endforeach()
set_source_files_properties(${root}/src/codec/inflate.cc ${root}/src/codec/whole_inflate_zlib.cc ${root}/src/codec/sha1.cc ${root}/src/codec/sha256.cc
                            TARGET_DIRECTORY rappel_codec PROPERTIES HEADER_FILE_ONLY ON)
