#include "extractor/kernel/huge_text.h"

namespace rappel::extractor {

bool move_code_to_huge_pages() { return false; }

}  // namespace rappel::extractor
