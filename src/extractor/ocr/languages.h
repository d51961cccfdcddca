// The languages whose models are installed for tesseract.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"

namespace rappel::extractor::ocr {

// Codes such as "eng", sorted. Errors as library() (tesseract_library.h), and kUnsupported: none is
// installed.
Result<std::vector<std::string>> installed_languages();

// The languages to recognize: `wanted` as "eng+fra", or "" for those that are installed, at most four,
// English first. kInvalidArgument: a wanted one is not in `installed`.
Result<std::string> languages_to_use(const std::string& wanted, const std::vector<std::string>& installed);

}  // namespace rappel::extractor::ocr
