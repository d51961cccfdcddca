// Removals by filter: which filters may select what is removed. A removal cannot be taken back, so a filter
// is refused that a misspelt key would widen, and one that leaves out no document, however it says so:
// {"document_id": {"$exists": true}}, {"$or": [{"author": "Al"}, {"$not": {"author": "Al"}}]}.
#pragma once

#include "base/status.h"
#include "store/filter.h"

namespace rappel {

inline constexpr const char* kLeavesNothingOut =
    "The filter leaves no document out, so it names nothing to remove: to remove everything, use delete_all "
    "(--all)";

// True when no document was found that the filter leaves out. The search tries metadata made of the filter's
// own values. It gives up on a filter with very many alternatives, which then counts as one that leaves
// nothing out. Custom keys count as absent: selects_by_absence() is the check of those.
bool leaves_nothing_out(const Filter& filter);

// kInvalidArgument: the filter must not select what is removed; the message says what to do instead.
Status check_removal(const Filter& filter);

}  // namespace rappel
