# Requirements of a build with RAPPEL_CUDA=ON: nvcc for one file, the static CUDA runtime, and headers. CMake calls nvcc
# directly instead of enabling the CUDA language, because the toolkit from PyPI does not have the layout of an installed one.
set(RAPPEL_CUDA_TOOLKIT ${CMAKE_CURRENT_LIST_DIR}/../build/cuda-toolkit
    CACHE PATH "CUDA toolkit 13: what scripts/install-cuda-toolkit makes, or an installed one")
# All generations from Turing on; PTX for later generations.
set(RAPPEL_CUDA_ARCHITECTURES 75 80 86 89 90 100 120 CACHE STRING "Compute capabilities to compile for")

set(toolkit_help "Run scripts/install-cuda-toolkit, set RAPPEL_CUDA_TOOLKIT to an installed toolkit (13.0 or newer), or "
                 "leave RAPPEL_CUDA off.")
foreach(file bin/nvcc include/cuda_runtime_api.h include/cublasLt.h)
  if(NOT EXISTS ${RAPPEL_CUDA_TOOLKIT}/${file})
    message(FATAL_ERROR "RAPPEL_CUDA=ON, but ${RAPPEL_CUDA_TOOLKIT}/${file} is not there. " ${toolkit_help})
  endif()
endforeach()
file(STRINGS ${RAPPEL_CUDA_TOOLKIT}/include/cuda_runtime_api.h version REGEX "^#define CUDART_VERSION +[0-9]+")
string(REGEX MATCH "[0-9]+" version "${version}")
if(NOT version OR version LESS 13000)
  # An older nvcc also gives kernel launchers names that collide with the emulation in cuda_test.
  message(FATAL_ERROR "${RAPPEL_CUDA_TOOLKIT} is older than CUDA 13 (CUDART_VERSION ${version}). " ${toolkit_help})
endif()
# Forget the library of the previous toolkit if the toolkit changed.
if(DEFINED RAPPEL_CUDART_TOOLKIT AND NOT RAPPEL_CUDART_TOOLKIT STREQUAL RAPPEL_CUDA_TOOLKIT)
  unset(RAPPEL_CUDART CACHE)
endif()
set(RAPPEL_CUDART_TOOLKIT ${RAPPEL_CUDA_TOOLKIT} CACHE INTERNAL "The toolkit that RAPPEL_CUDART is of")
find_library(RAPPEL_CUDART cudart_static PATHS ${RAPPEL_CUDA_TOOLKIT}/lib ${RAPPEL_CUDA_TOOLKIT}/lib64
             NO_DEFAULT_PATH REQUIRED)
add_library(rappel_cuda_headers INTERFACE)
target_include_directories(rappel_cuda_headers SYSTEM INTERFACE ${RAPPEL_CUDA_TOOLKIT}/include)
add_library(rappel_cudart INTERFACE)
target_link_libraries(rappel_cudart INTERFACE rappel_cuda_headers ${RAPPEL_CUDART} Threads::Threads ${CMAKE_DL_LIBS} rt)

# Compiles a .cu file of the calling folder for all architectures; `variable` becomes the object file.
function(rappel_cuda_object variable file)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/${file}.o)
  set(targets)
  foreach(architecture ${RAPPEL_CUDA_ARCHITECTURES})
    list(APPEND targets -gencode=arch=compute_${architecture},code=sm_${architecture})
  endforeach()
  list(APPEND targets -gencode=arch=compute_80,code=compute_80)
  get_filename_component(source_root ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../src ABSOLUTE)
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${RAPPEL_CUDA_TOOLKIT}/bin/nvcc -std=c++20 -O3 --expt-relaxed-constexpr -Xcompiler -fPIC -ccbin
            ${CMAKE_CXX_COMPILER} -I${source_root} ${targets} -MD -MF ${object}.d -c ${CMAKE_CURRENT_SOURCE_DIR}/${file}
            -o ${object}
    DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${file}
    DEPFILE ${object}.d
    COMMENT "Compiling ${file} for compute capabilities ${RAPPEL_CUDA_ARCHITECTURES}"
    VERBATIM)
  set_source_files_properties(${object} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  set(${variable} ${object} PARENT_SCOPE)
endfunction()
