// Metadata that a text states about itself in its first lines, found by rules: "Title:", "Author:" or "By
// ..", "Date:" or "Published:", "URL:" or "Source:", and the first Markdown heading as the title.
#pragma once

#include <string_view>

#include "store/metadata.h"

namespace rappel {

// author, created_at and url as fields, title as a custom key; nothing else. Linear in the first 8 KiB.
Metadata text_metadata(std::string_view text);

}  // namespace rappel
