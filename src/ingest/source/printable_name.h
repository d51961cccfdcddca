// Names of files as text that can be stored, listed and typed.
#pragma once

#include <string>
#include <string_view>

namespace rappel {

// Valid UTF-8 without control characters stays as it is. Other bytes become %XX: "caf\xE9.txt" is
// "caf%E9.txt". Different names may give the same text, so this is no key.
std::string printable_name(std::string_view name);

}  // namespace rappel
