#include "server/http/client_root.h"

namespace rappel {

std::string client_root(const RequestHead& head, const std::string& public_url) {
  if (!public_url.empty()) return public_url;
  const std::string_view host = head.header("host");
  const bool plain =
      host.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]_") ==
      std::string::npos;
  if (!plain || host.empty()) return {};
  return (head.encrypted ? "https://" : "http://") + std::string(host);
}

}  // namespace rappel
