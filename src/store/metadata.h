// Metadata: what is known about a document besides its text, shared by its chunks. The named members are the
// fields of the table in store/fields.h; everything else that a caller gives is custom metadata, kept by key
// and type.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/status.h"

namespace rappel {

// A date as it was written, and the second since 1970-01-01T00:00:00Z that it means.
struct Timestamp {
  std::string text;
  std::int64_t second = 0;

  // kInvalidArgument with the accepted forms (base/timestamp.h).
  static Result<Timestamp> parse(std::string text);
  bool operator==(const Timestamp&) const = default;
};

// The types of metadata: text, number (whole or not), boolean, date, list of texts.
using MetadataValue =
    std::variant<std::string, std::int64_t, double, bool, Timestamp, std::vector<std::string>>;
using CustomMetadata = std::map<std::string, MetadataValue>;  // keys in the order of their bytes

struct Metadata {
  std::optional<std::string> source;  // email, file or chat
  std::optional<std::string> source_id;
  std::optional<std::string> url;
  std::optional<Timestamp> created_at;
  std::optional<std::string> author;
  std::optional<std::string> filename;
  std::optional<std::int64_t> filesize;  // bytes
  CustomMetadata custom;                 // as check_custom() allows

  bool operator==(const Metadata&) const = default;
};

}  // namespace rappel
