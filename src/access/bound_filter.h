// Bound filters: the documents that exist for a token, as a filter of store/filter_json.h.
//
// The documents that a token writes get the values of its filter (stamps), so that the filter of a token that
// may write is made of equalities: {"team":"x"}, several of them, or an $and of such.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "access/principal.h"
#include "base/status.h"
#include "codec/json.h"
#include "store/filter.h"
#include "store/metadata.h"

namespace rappel {

// Each text is key=value, whose value is a text, or a JSON object; all must hold.
Result<Json> bound_json(std::span<const std::string> texts);

// The filter, if a token of these scopes may have it. kInvalidArgument: it restricts nothing, names document
// ids, or has other conditions than equalities although the token may write.
Result<Filter> read_bound(const Json& json, const Scopes& scopes);

// The values that every document of a filter of equalities has. kInvalidArgument: there are other conditions,
// or values that exclude each other.
Result<std::vector<std::pair<std::string, MetadataValue>>> stamps_of(const Filter& bound);

// Sets the stamps, instead of what the document says. Errors of set_field().
Status stamp(const Filter& bound, Metadata& metadata);

}  // namespace rappel
