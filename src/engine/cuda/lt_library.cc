#include "engine/cuda/lt_library.h"

#include <dlfcn.h>
#include <glob.h>

#include <string>

namespace rappel::cuda {
namespace {

constexpr char kName[] = "libcublasLt.so.13";

// Searched after the loader's default paths (LD_LIBRARY_PATH, ldconfig): install paths of NVIDIA and pip.
constexpr const char* kFolders[] = {
    "/usr/local/cuda/lib64",
    "/usr/local/cuda-13*/lib64",
    "/usr/local/cuda*/targets/*/lib",
    "/opt/cuda/lib64",
    "/usr/local/lib/python3*/*-packages/nvidia/cu13/lib",
    "/usr/lib/python3*/*-packages/nvidia/cu13/lib",
    "/opt/*/lib/python3*/site-packages/nvidia/cu13/lib",
    "/opt/*/.venv/lib/python3*/site-packages/nvidia/cu13/lib",
};

void* open_library() {
  if (void* library = dlopen(kName, RTLD_NOW | RTLD_LOCAL)) return library;
  for (const char* folder : kFolders) {
    glob_t found{};
    void* library = nullptr;
    if (glob((std::string(folder) + "/" + kName).c_str(), 0, nullptr, &found) == 0)
      for (std::size_t i = 0; i < found.gl_pathc && library == nullptr; ++i)
        library = dlopen(found.gl_pathv[i], RTLD_NOW | RTLD_LOCAL);
    globfree(&found);
    if (library != nullptr) return library;
  }
  return nullptr;
}

Result<const LtLibrary*> open() {
  void* library = open_library();
  if (library == nullptr)
    return Status(
        Code::kUnsupported,
        std::string("cuBLASLt (") + kName +
            ") was not found in LD_LIBRARY_PATH, the system's library folders or /usr/local/cuda; install "
            "the CUDA 13 libraries, or `pip install nvidia-cublas` and put the folder nvidia/cu13/lib that "
            "it makes into LD_LIBRARY_PATH");
  static LtLibrary functions;
#define RAPPEL_LT_FIND(name)                                                                \
  functions.name##_ = reinterpret_cast<decltype(functions.name##_)>(dlsym(library, #name)); \
  if (functions.name##_ == nullptr)                                                         \
    return Status(Code::kUnsupported, std::string(kName) + " has no " #name "; update the CUDA libraries");
  RAPPEL_LT_FUNCTIONS(RAPPEL_LT_FIND)
#undef RAPPEL_LT_FIND
  return &functions;
}

}  // namespace

Result<const LtLibrary*> lt_library() {
  static const Result<const LtLibrary*> library = open();
  return library;
}

}  // namespace rappel::cuda
