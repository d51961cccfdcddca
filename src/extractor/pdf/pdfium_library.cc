#include "extractor/pdf/pdfium_library.h"

#include <dlfcn.h>

#include <filesystem>
#include <vector>

#include "base/os/process.h"

namespace rappel::extractor::pdf {
namespace {

namespace fs = std::filesystem;

#ifdef __APPLE__
constexpr const char* kName = "libpdfium.dylib";
#else
constexpr const char* kName = "libpdfium.so";
#endif
// The copy in Debian's libreoffice-core.
constexpr const char* kLibreOffice[] = {"libpdfiumlo.so", "/usr/lib/libreoffice/program/libpdfiumlo.so"};

std::vector<std::string> places(const std::string& given) {
  if (!given.empty()) return {given, (fs::path(given) / kName).string()};
  std::vector<std::string> all;
  if (const fs::path folder = own_program().parent_path(); !folder.empty()) {
    all.push_back((folder.parent_path() / "pdfium" / kName).string());  // build/pdfium of the source tree
    all.push_back((folder.parent_path() / "lib" / "rappel" / kName).string());
    all.push_back((folder / kName).string());
  }
  all.emplace_back(kName);
  all.insert(all.end(), std::begin(kLibreOffice), std::end(kLibreOffice));
  return all;
}

void* open_library(const std::string& given) {
  for (const std::string& place : places(given))
    if (void* found = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL)) return found;
  return nullptr;
}

Result<const Library*> open(const std::string& path) {
  void* opened = open_library(path);
  if (opened == nullptr)
    return Status(Code::kUnsupported, "PDF support is not installed: run scripts/install-pdfium");
  static Library functions;
#define RAPPEL_PDFIUM_FIND(result, name, parameters) \
  functions.name = reinterpret_cast<decltype(functions.name)>(dlsym(opened, #name));
  RAPPEL_PDFIUM_FUNCTIONS(RAPPEL_PDFIUM_FIND)
  RAPPEL_PDFIUM_OPTIONAL(RAPPEL_PDFIUM_FIND)
#undef RAPPEL_PDFIUM_FIND
#define RAPPEL_PDFIUM_NEED(result, name, parameters) \
  if (functions.name == nullptr)                     \
    return Status(Code::kUnsupported, "the installed PDFium is too old: run scripts/install-pdfium", #name);
  RAPPEL_PDFIUM_FUNCTIONS(RAPPEL_PDFIUM_NEED)
#undef RAPPEL_PDFIUM_NEED
  return &functions;
}

}  // namespace

Result<const Library*> library(const std::string& path) {
  static const Result<const Library*> opened = open(path);
  return opened;
}

Result<const Library*> initialized_library() {
  static const Result<const Library*> ready = []() -> Result<const Library*> {
    RAPPEL_ASSIGN(const Library* functions, library());
    // Without font folders: text needs no system fonts, and the start is three times as fast.
    static const char* no_fonts[] = {nullptr};
    static const LibraryConfig config{2, no_fonts, nullptr, 0};
    functions->FPDF_InitLibraryWithConfig(&config);
    return functions;
  }();
  return ready;
}

}  // namespace rappel::extractor::pdf
