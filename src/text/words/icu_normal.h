// ICU's normalization of UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace rappel {

enum class NormalForm { kNfc, kNfd, kNfkc, kNfkcCasefold };

// Replaces `out`, which `text` must not lie in.
void normalize(NormalForm form, std::string_view text, std::string& out);

// Whether `c` begins a part of a text that is normalized (NFKC) by itself, whatever stands before it.
bool begins_part(char32_t c);

// "72.1": of the library that runs.
std::string icu_version();

}  // namespace rappel
