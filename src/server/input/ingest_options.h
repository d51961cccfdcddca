// Ingest options: what a client asks for in the query string of a request with files or documents:
// "?pii=redact&extract_metadata=true&force=true".
#pragma once

#include <optional>
#include <string_view>

#include "ingest/screen/screening.h"
#include "server/input/validation.h"

namespace rappel {

struct IngestOptions {
  Screening screening = Screening::kOff;
  bool extract_metadata = false;
  bool force = false;  // also what is stored and has not changed

  bool operator==(const IngestOptions&) const = default;
};

// `query`: with its "?", or empty. Other members are left to others.
IngestOptions read_ingest_options(std::string_view query, FieldErrors& errors);

// The value of the first member of that name in a query string; nothing without one. Not decoded.
std::optional<std::string_view> query_member(std::string_view query, std::string_view name);

}  // namespace rappel
