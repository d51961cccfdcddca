// Parts of filters, for code that looks into one: what a condition says of one value, and what a group is.
#pragma once

#include <optional>
#include <string>

#include "store/filter.h"

namespace rappel {

// True for kAll, kAnd, kOr and kNot; the others are conditions on a key.
bool is_group(const Filter& filter);
// True when there is no condition in it: kAll, and kAnd of such.
bool is_empty(const Filter& filter);

// Whether the condition holds for the value of its key; none: the document lacks the key. matches() is made
// of it.
bool condition_holds(const Filter& condition, const std::optional<MetadataValue>& stored);

// The text of a text or a date; null for other values.
const std::string* text_of(const MetadataValue& value);

}  // namespace rappel
