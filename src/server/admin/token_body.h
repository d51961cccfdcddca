// The body of POST /v1/tokens.
#pragma once

#include <string_view>

#include "access/new_token.h"
#include "base/status.h"

namespace rappel {

// {"name","scopes","expires","rate","max_body","filter","collections"}. kInvalidArgument: also for a member
// that is unknown or stands twice, because a limit that is not read would make the token mightier.
Result<NewToken> read_new_token(std::string_view body);

}  // namespace rappel
