// Descriptors that the program which started this one may have left open.
#pragma once

namespace rappel::extractor {

// Closes the descriptors above `last`.
void close_others(int last);

}  // namespace rappel::extractor
