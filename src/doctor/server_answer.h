// The program that answers at RAG_HOST and RAG_PORT, as `serve`, `check` and `doctor` learn of it by asking.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>

#include "base/status.h"
#include "config/options.h"
#include "net/http_client.h"

namespace rappel {

struct ServerAddress {
  std::string host;                   // that it listens at, without brackets; empty: all
  std::string to_ask;                 // "127.0.0.1:8000", "[::1]:8000"
  std::filesystem::path certificate;  // of its TLS; empty: it speaks plain HTTP

  const char* scheme() const { return certificate.empty() ? "http" : "https"; }
};
// Needs RAG_HOST, RAG_PORT and TLS_CERT.
ServerAddress server_address(const Options& options);

// Within seconds. The token goes only to a server that has the certificate, where there is one.
Result<HttpResponse> get_from_server(const ServerAddress& address, const char* path, const std::string& token,
                                     const std::stop_token& cancel);

struct ServerAnswer {
  enum class Who {
    kNobody,
    kRappel,
    kFull,  // a rappel that has no connection left to answer on
    kStranger,
  };
  Who who = Who::kNobody;
  int status = 0;        // of GET /health; 0: no response in HTTP
  std::string body;      // of it
  std::string version;   // of a rappel
  std::string data_dir;  // of a rappel, absolute; empty: it does not take `token`, or is older

  // "rappel 0.2.0 with the data folder /srv/data".
  std::string description() const;
};
// The token is sent only after the program has said that it is a rappel; it may be empty.
ServerAnswer ask_server(const ServerAddress& address, const std::string& token,
                        const std::stop_token& cancel);

// `failure` of listening at the address of `options`; if another rappel has the port, the message names it.
// `store_place`: StoreDescription::place. Needs RAG_HOST, RAG_PORT, TLS_CERT and BEARER_TOKEN.
Status name_holder_of_port(Status failure, const Options& options, const std::string& store_place,
                           const std::stop_token& cancel);

}  // namespace rappel
