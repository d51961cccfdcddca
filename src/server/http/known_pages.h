// Pages of browsers that may use a route although it takes a token: those of this machine and of configured
// origins. This keeps a page that somebody visits from using a server of this machine (DNS rebinding).
#pragma once

#include <optional>

#include "server/http/options.h"
#include "server/http/refusal.h"
#include "server/http/request.h"

namespace rappel {

// Refuses a page whose Origin is neither a loopback name, nor the public URL's host, nor named in the CORS
// origins ("*" names none); on a loopback address also a Host that is neither of the first two. On another
// address, pages of the server itself are known too. A request without Origin is no page's.
std::optional<Refusal> refuse_unknown_page(const RequestHead& head, const HttpOptions& options);

}  // namespace rappel
