// The readers of office documents, which need no library for encodings or HTML.
#pragma once

#include <string_view>

#include "extractor/readers.h"

namespace rappel::extractor {

// Null: it is no office document.
const Reader* find_office_reader(std::string_view media_type);

}  // namespace rappel::extractor
