// The one answer to a caller that stopped its stop_token.
#pragma once

#include "base/status.h"

namespace rappel {

inline Status request_cancelled() { return {Code::kCancelled, "the request was cancelled"}; }

}  // namespace rappel
