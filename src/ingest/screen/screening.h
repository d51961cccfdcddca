// Screening: what happens to texts with personal data (personal_data.h) on their way into the store.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace rappel {

enum class Screening {
  kOff,
  kReport,  // stored, with a warning
  kSkip,    // not stored
  kRedact,  // stored with '*' in place of the data, and a warning; the length stays
};

inline constexpr const char* kScreeningChoices = "off|report|skip|redact";
// One of kScreeningChoices.
Screening parse_screening(std::string_view text);
std::string_view screening_name(Screening screening);

// False: the text must not be stored.
bool screen_text(Screening screening, std::string& text, std::vector<std::string>& warnings);

}  // namespace rappel
