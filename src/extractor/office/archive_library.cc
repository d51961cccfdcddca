#include "extractor/office/archive_library.h"

#include <dlfcn.h>

#include <string>

namespace rappel::extractor {
namespace {

#ifdef __APPLE__
constexpr const char* kName = "libarchive.13.dylib";
#else
constexpr const char* kName = "libarchive.so.13";
#endif

const ArchiveLibrary* open() {
  void* opened = dlopen(kName, RTLD_NOW | RTLD_LOCAL);
  // Where it was when this program was built: Homebrew's folder is not searched.
  if (opened == nullptr)
    opened = dlopen((std::string(RAPPEL_ARCHIVE_FOLDER "/") + kName).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (opened == nullptr) return nullptr;
  static ArchiveLibrary functions;
#define RAPPEL_ARCHIVE_FIND(name)                                                    \
  functions.name = reinterpret_cast<decltype(functions.name)>(dlsym(opened, #name)); \
  if (functions.name == nullptr) return nullptr;
  RAPPEL_ARCHIVE_FUNCTIONS(RAPPEL_ARCHIVE_FIND)
#undef RAPPEL_ARCHIVE_FIND
  return &functions;
}

}  // namespace

const ArchiveLibrary* archive_library() {
  static const ArchiveLibrary* const opened = open();
  return opened;
}

}  // namespace rappel::extractor
