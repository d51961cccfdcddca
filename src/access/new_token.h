// NewToken: what a new token shall allow, as people write it: for `rappel token add` and for the HTTP
// API.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "access/token_file.h"
#include "base/status.h"
#include "codec/json.h"

namespace rappel {

struct NewToken {
  std::string name;
  std::vector<std::string> scopes = {"read"};  // "read", "write", "admin"
  std::string expires = {};                    // as parse_expiry(); empty: never
  std::string rate = {};                       // as parse_rate(); empty: any
  std::int64_t max_body = 0;                   // bytes; 0: as for every token
  Json filter = nullptr;                       // as TokenRecord
  std::vector<std::string> collections = {};   // none: all
};

// `now`: seconds since 1970. kInvalidArgument: a value that cannot be read. TokenFile::add() looks at what
// the values allow together.
Result<TokenRecord> token_record(const NewToken& request, std::int64_t now);

// Seconds since 1970, of "30d" (also m, h, w) after `now`, or of a date. kInvalidArgument: neither, or a time
// that has passed.
Result<std::int64_t> parse_expiry(std::string_view text, std::int64_t now);

}  // namespace rappel
