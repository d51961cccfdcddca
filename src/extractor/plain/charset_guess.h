// A guess at the encoding of text from the frequencies of its bytes: the adapter of uchardet.
#pragma once

#include <string>
#include <string_view>

namespace rappel::extractor {

// "" if there is no guess. Looks at a bounded part of the bytes, from the first one that is not ASCII.
std::string guess_charset(std::string_view bytes);

}  // namespace rappel::extractor
