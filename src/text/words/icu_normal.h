// ICU's normalization of UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace rappel {

enum class NormalForm { kNfc, kNfd, kNfkc, kNfkcCasefold };

// Replaces `out`, which `text` must not lie in.
void normalize(NormalForm form, std::string_view text, std::string& out);

// "72.1": of the library that runs.
std::string icu_version();

}  // namespace rappel
