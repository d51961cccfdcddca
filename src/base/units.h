// Units: sizes and times as people read them.
#pragma once

#include <string>

namespace rappel {

// "999 B", "12.3 MB", "1.2 GB": decimal units.
std::string bytes_text(double bytes);
// "0:42", "1:02:03".
std::string duration_text(double seconds);
// "0.83 us", "4.31 ms", "1.20 s".
std::string time_text(double ms);

}  // namespace rappel
