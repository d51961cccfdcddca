// Compressed RTF, as messages of Outlook store it ([MS-OXRTFCP]).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rappel::extractor {

// The RTF, at most `limit` bytes; where the data is damaged, what comes before. "" if it is no compressed
// RTF.
std::string uncompressed_rtf(std::string_view bytes, std::size_t limit);

}  // namespace rappel::extractor
