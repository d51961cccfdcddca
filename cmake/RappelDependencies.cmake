# Third-party libraries: found here, linked only by the module that adapts them (docs/dependencies.md).
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json 3.10 REQUIRED)
find_package(simdjson REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc)
find_package(SQLite3 REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CURL REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(LibArchive REQUIRED)
find_package(pugixml REQUIRED)
find_package(EXPAT REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
pkg_check_modules(HWY REQUIRED IMPORTED_TARGET libhwy)
pkg_check_modules(DEFLATE IMPORTED_TARGET libdeflate)  # else zlib takes its place
pkg_check_modules(GMIME REQUIRED IMPORTED_TARGET gmime-3.0)
pkg_check_modules(GUMBO REQUIRED IMPORTED_TARGET gumbo)
pkg_check_modules(UCHARDET REQUIRED IMPORTED_TARGET uchardet)
# Compiled into the files that include it.
find_path(XXHASH_INCLUDE_DIR xxhash.h REQUIRED)
add_library(xxHash::headers INTERFACE IMPORTED)
target_include_directories(xxHash::headers INTERFACE ${XXHASH_INCLUDE_DIR})
# Snowball's stemmers come without a package file.
find_path(STEMMER_INCLUDE_DIR libstemmer.h REQUIRED)
find_library(STEMMER_LIBRARY stemmer REQUIRED)
add_library(Snowball::stemmer UNKNOWN IMPORTED)
set_target_properties(Snowball::stemmer PROPERTIES IMPORTED_LOCATION ${STEMMER_LIBRARY}
                                                   INTERFACE_INCLUDE_DIRECTORIES ${STEMMER_INCLUDE_DIR})
if(RAPPEL_TESTS)
  enable_testing()
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()

# MLX (scripts/install-mlx), for the Metal device and, if it is installed, for the tests of that device. Its CMake package
# is not used, because it contains the framework paths of another machine's Xcode.
set(RAPPEL_MLX ${CMAKE_SOURCE_DIR}/build/mlx CACHE PATH "Where scripts/install-mlx has put MLX")
set(mlx_library ${RAPPEL_MLX}/mlx/lib/${CMAKE_SHARED_LIBRARY_PREFIX}mlx${CMAKE_SHARED_LIBRARY_SUFFIX})
if(EXISTS ${mlx_library})
  add_library(rappel_mlx SHARED IMPORTED)
  set_target_properties(rappel_mlx PROPERTIES IMPORTED_LOCATION ${mlx_library}
                                              INTERFACE_INCLUDE_DIRECTORIES ${RAPPEL_MLX}/mlx/include)
elseif(RAPPEL_METAL)
  message(FATAL_ERROR "RAPPEL_METAL=ON, but ${mlx_library} does not exist. Run scripts/install-mlx, or turn the option off.")
endif()
