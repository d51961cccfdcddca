// HttpOptions: where the transport listens, who may call, and every budget of it. Used up, a budget gives a
// clear refusal: 408, 413, 429 with Retry-After, 431, 503.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "access/audit_log.h"
#include "access/principal.h"
#include "server/http/tls_context.h"

namespace rappel {

class Tracer;

// A body of Work::kQuick counts so many times more while it waits and is computed: the text of a long query
// is copied by each stage of parsing, tokenizing and answering.
inline constexpr std::size_t kQuickBodyCopies = 12;

struct HttpOptions {
  std::string host = "127.0.0.1";  // an IP address, or "localhost"
  std::uint16_t port = 8000;       // 0 = any free one; HttpServer::port() returns it

  std::vector<std::string> tokens;       // of the admin; compared in constant time
  std::vector<KnownToken> named_tokens;  // further ones, while a token is required
  std::shared_ptr<AuditLog> audit;       // of requests with tokens; null: none
  std::shared_ptr<Tracer> tracer;        // of requests; null: none are traced
  bool require_token = true;             // false is refused unless `host` is a loopback address

  // Origins whose pages may call the server from a browser. "*" = any, without credentials, and only while a
  // token is required; without one a foreign page must be named here. An entry is scheme://host[:port].
  std::vector<std::string> cors_origins = {"*"};
  // "https://docs.example.org": the address in redirects and documents; empty = the one that the client used.
  std::string public_url;

  // The certificate to serve with; null: plain HTTP. HttpServer::set_tls() replaces it.
  std::shared_ptr<const TlsContext> tls;

  int io_threads = 1;
  int workers = 32;            // requests computed at the same time, uploads on half of them
  std::size_t max_queue = 64;  // requests waiting for a worker; as many uploads
  std::size_t max_connections = 512;
  std::size_t max_header_bytes = std::size_t{16} << 10;
  std::size_t max_body_bytes = std::size_t{8} << 20;       // routes of Work::kQuick
  std::size_t max_upload_bytes = std::size_t{64} << 20;    // routes of Work::kUpload
  std::size_t max_files_bytes = std::size_t{512} << 20;    // routes of Work::kFiles
  std::size_t max_pending_bytes = std::size_t{256} << 20;  // bodies and answers in memory at the same time
  std::size_t max_scratch_bytes = std::size_t{2} << 30;    // bodies in files at the same time
  // For bodies of Work::kFiles beyond kBodyInMemory; empty: they stay in memory.
  std::filesystem::path scratch_folder;

  std::chrono::milliseconds idle_timeout{75'000};    // between requests of one connection
  std::chrono::milliseconds header_timeout{10'000};  // from a request's first byte to the end of its header
  std::chrono::milliseconds body_timeout{20'000};    // for the body, and a second more for each
  std::size_t min_body_rate = std::size_t{4} << 10;  // .. bytes that have arrived; at most the request's time
  std::chrono::milliseconds write_timeout{60'000};   // for the whole response, or one write of a stream
  std::chrono::milliseconds request_timeout{60'000};   // waiting, computing and streaming; then 503
  std::chrono::milliseconds upload_timeout{600'000};   // the same for Work::kUpload and kFiles,
  std::chrono::milliseconds files_timeout{3'600'000};  // without the arrival of bodies of Work::kFiles
  std::chrono::milliseconds stop_timeout{10'000};      // stop() lets requests finish for so long
};

}  // namespace rappel
