// The address that a client knows the server by.
#pragma once

#include <string>

#include "server/http/request.h"

namespace rappel {

// `public_url`, or scheme://host of the address that the client used, or nothing when its Host is not plainly
// one.
std::string client_root(const RequestHead& head, const std::string& public_url);

}  // namespace rappel
