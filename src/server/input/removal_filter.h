// Removal filters: what the filter of a removal must not hold, while that of a search may. Both would remove
// more than the caller named, without a word.
//
//   A key twice in one object: the last one counts, as in Python.
//   Null, which counts as absent. Clients of the plugin that write its whole DocumentMetadataFilter out have
//   null for what is not given: with all six keys of it, null is accepted.
#pragma once

#include "server/input/validation.h"

namespace rappel {

// Adds an error for each of them; `path` is that of the filter.
void check_removal_filter(const JsonValue& filter, const FieldPath& path, FieldErrors& errors);

}  // namespace rappel
