// Filters as people write them on the command line.
#pragma once

#include <span>
#include <string>

#include "base/status.h"
#include "store/filter.h"

namespace rappel {

// Each text is field=value or a JSON object {"field":"value",..}; all conditions must hold. Fields:
// document_id, source, source_id, author, start_date, end_date. No text: everything. kInvalidArgument names
// the field.
Result<Filter> parse_filter(std::span<const std::string> texts);

}  // namespace rappel
