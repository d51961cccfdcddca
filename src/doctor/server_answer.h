// Who answers at RAG_HOST and RAG_PORT: what `check` and the doctor know of a server by asking it.
#pragma once

#include <stop_token>
#include <string>

#include "base/status.h"
#include "config/options.h"
#include "net/http_client.h"

namespace rappel {

struct ServerAddress {
  std::string host;    // that it listens at, without brackets; empty: all
  std::string to_ask;  // "127.0.0.1:8000", "[::1]:8000"
};
// Needs RAG_HOST and RAG_PORT.
ServerAddress server_address(const Options& options);

// Within seconds. `address` as of ServerAddress::to_ask.
Result<HttpResponse> get_from_server(const std::string& address, const char* path, const std::string& token,
                                     const std::stop_token& cancel);

struct ServerAnswer {
  enum class Who {
    kNobody,
    kRappel,
    kFull,  // a rappel that has no connection left to answer on
    kStranger,
  };
  Who who = Who::kNobody;
  int status = 0;    // of GET /health; 0: no answer in HTTP
  std::string body;  // of it
};
ServerAnswer ask_server(const std::string& address, const std::stop_token& cancel);

}  // namespace rappel
