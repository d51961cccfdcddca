// The date of a response, as HTTP writes it (RFC 9110, 5.6.7).
#pragma once

#include <string>

namespace rappel {

// "Sun, 06 Nov 1994 08:49:37 GMT", now.
std::string http_date();

}  // namespace rappel
