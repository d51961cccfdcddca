// Custom metadata: the bounds of its keys and values, and which texts are dates.
//
// JSON has no dates, so a text that begins with YYYY-MM-DD and is one (2024-05-06, 2024-05-06T10:00:00Z) is
// stored as a date: it is returned as it was written, and filters can order it. Lists hold texts only.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/status.h"
#include "store/metadata.h"

namespace rappel {

constexpr std::size_t kMaxCustomKeys = 64;
constexpr std::size_t kMaxCustomKeyBytes = 128;
constexpr std::size_t kMaxCustomListItems = 256;
constexpr std::size_t kMaxCustomBytes = 65536;  // of keys and values of one document

// A date where the text is one in the forms above; the text otherwise.
MetadataValue custom_text(std::string text);

// kInvalidArgument names the key: empty, too long, not UTF-8, beginning with $ (operators), or a field's
// name.
Status check_custom_key(std::string_view key);
// All keys and values against the bounds, and numbers for being finite.
Status check_custom(const CustomMetadata& custom);

}  // namespace rappel
