#include "extractor/ocr/languages.h"

#include <algorithm>

#include "extractor/ocr/tesseract_library.h"

namespace rappel::extractor::ocr {
namespace {

// Each makes recognition slower.
constexpr std::size_t kMostByDefault = 4;

// Models that are no language: of formulas and of the direction of a page.
bool is_language(const std::string& name) {
  return name != "osd" && name != "equ" && name.find('/') == std::string::npos;
}

std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('+', at), text.size());
    if (end > at) parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

std::string joined(const std::vector<std::string>& parts, const char* between) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : between) + part;
  return text;
}

std::vector<std::string> models_of(const Library& lib) {
  std::vector<std::string> names;
  Api* api = lib.TessBaseAPICreate();
  // Fails, because there is no model "", but finds the folder.
  lib.TessBaseAPIInit3(api, nullptr, "");
  if (char** list = lib.TessBaseAPIGetAvailableLanguagesAsVector(api)) {
    for (char** name = list; *name != nullptr; ++name) names.emplace_back(*name);
    lib.TessDeleteTextArray(list);
  }
  lib.TessBaseAPIDelete(api);
  return names;
}

}  // namespace

Result<std::vector<std::string>> installed_languages() {
  RAPPEL_ASSIGN(const Library* lib, library());
  std::vector<std::string> names = models_of(*lib);
  names.erase(std::remove_if(names.begin(), names.end(), [](const auto& name) { return !is_language(name); }),
              names.end());
  std::sort(names.begin(), names.end());
  if (names.empty())
    return Status(Code::kUnsupported,
                  "OCR has no language installed: install a package such as tesseract-ocr-eng (Homebrew: "
                  "tesseract-lang)");
  return names;
}

Result<std::string> languages_to_use(const std::string& wanted, const std::vector<std::string>& installed) {
  if (wanted.empty()) {
    std::vector<std::string> some = installed;
    std::stable_partition(some.begin(), some.end(), [](const auto& name) { return name == "eng"; });
    some.resize(std::min(some.size(), kMostByDefault));
    return joined(some, "+");
  }
  const std::vector<std::string> names = parts_of(wanted);
  for (const std::string& name : names)
    if (std::find(installed.begin(), installed.end(), name) == installed.end())
      return Status(Code::kInvalidArgument,
                    "the OCR language " + name + " is not installed: install the package tesseract-ocr-" +
                        name + ", or set RAPPEL_OCR_LANGUAGES to some of " + joined(installed, ", "));
  return joined(names, "+");
}

}  // namespace rappel::extractor::ocr
