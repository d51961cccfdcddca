#include "extractor/ocr/tesseract_library.h"

#include <dlfcn.h>

#include <cstdlib>

namespace rappel::extractor::ocr {
namespace {

#ifdef __APPLE__
constexpr const char* kNames[] = {"libtesseract.5.dylib", "/opt/homebrew/lib/libtesseract.5.dylib",
                                  "/usr/local/lib/libtesseract.5.dylib"};
#else
constexpr const char* kNames[] = {"libtesseract.so.5", "libtesseract.so.4"};
#endif

void* open_library() {
  ::setenv("OMP_THREAD_LIMIT", "1", 1);  // the sandbox forbids threads
  for (const char* name : kNames)
    if (void* found = ::dlopen(name, RTLD_NOW | RTLD_LOCAL)) return found;
  return nullptr;
}

Result<const Library*> open() {
  void* opened = open_library();
  if (opened == nullptr)
    return Status(Code::kUnsupported,
                  "OCR needs tesseract, which is not installed: install the package tesseract-ocr (Homebrew: "
                  "tesseract)");
  static Library functions;
  // Names of leptonica are found too, because the first library depends on it.
#define RAPPEL_TESSERACT_FIND(result, name, parameters)                                \
  functions.name = reinterpret_cast<decltype(functions.name)>(::dlsym(opened, #name)); \
  if (functions.name == nullptr)                                                       \
    return Status(Code::kUnsupported, "the installed tesseract is too old: install tesseract 4 or 5", #name);
  RAPPEL_TESSERACT_FUNCTIONS(RAPPEL_TESSERACT_FIND)
#undef RAPPEL_TESSERACT_FIND
  functions.setMsgSeverity(kSilent);
  return &functions;
}

}  // namespace

Result<const Library*> library() {
  static const Result<const Library*> opened = open();
  return opened;
}

}  // namespace rappel::extractor::ocr
