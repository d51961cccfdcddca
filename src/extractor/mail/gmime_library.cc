#include "extractor/mail/gmime_library.h"

#include <dlfcn.h>

#include <string>

namespace rappel::extractor {
namespace {

#ifdef __APPLE__
constexpr const char* kName = "libgmime-3.0.0.dylib";
#else
constexpr const char* kName = "libgmime-3.0.so.0";
#endif

const GMimeLibrary* open() {
  void* opened = dlopen(kName, RTLD_NOW | RTLD_LOCAL);
  // Where it was when this program was built: Homebrew's folder is not searched.
  if (opened == nullptr)
    opened = dlopen((std::string(RAPPEL_GMIME_FOLDER "/") + kName).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (opened == nullptr) return nullptr;
  static GMimeLibrary functions;
#define RAPPEL_GMIME_FIND(name)                                                      \
  functions.name = reinterpret_cast<decltype(functions.name)>(dlsym(opened, #name)); \
  if (functions.name == nullptr) return nullptr;
  RAPPEL_GMIME_FUNCTIONS(RAPPEL_GMIME_FIND)
#undef RAPPEL_GMIME_FIND
  functions.g_mime_init();
  return &functions;
}

}  // namespace

const GMimeLibrary* gmime_library() {
  static const GMimeLibrary* const opened = open();
  return opened;
}

}  // namespace rappel::extractor
