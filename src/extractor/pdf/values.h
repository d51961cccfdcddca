// Values as a PDF writes them in common forms.
#pragma once

#include <string>
#include <string_view>

namespace rappel::extractor::pdf {

// "D:20261123100000+01'00'" as RFC 3339; "" if it is no date.
std::string rfc3339_of(std::string_view date);

}  // namespace rappel::extractor::pdf
