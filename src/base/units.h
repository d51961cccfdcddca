// Human-readable counts, sizes and times. Every command uses these functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rappel {

// "1 document", "2 documents", "0 documents"; a plural that is more than an s is given: "2 queries".
std::string count_text(std::uint64_t count, std::string_view one, std::string_view many = {});
// "999 B", "12.3 MB", "1.2 GB": decimal units; never "0.0".
std::string bytes_text(double bytes);
// "0:42", "1:02:03".
std::string duration_text(double seconds);
// "0.83 us", "4.31 ms", "1.20 s".
std::string time_text(double ms);

}  // namespace rappel
