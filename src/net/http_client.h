// HttpClient: outgoing HTTP and HTTPS requests (over libcurl, which only http_client.cc sees).
//
// One client may be used by any number of threads at the same time; connections are kept and reused. A
// request runs in the calling thread and calls its sink there. Reads no environment: proxies and certificates
// come in as options.
//
// A response of any status code is a HttpResponse. A Status means that there was none: kUnavailable (trying
// again may help), kDeadlineExceeded, a refusal for our own reasons, or the error of the sink or of the
// cancel token. Bytes that a sink received before a failure came in order and are good as far as the
// transport can tell. Messages name the request, without the query part of addresses (it may hold signatures)
// and without header values.
//
// Redirects: GET and HEAD follow them. Other methods follow 307 and 308 within the origin of `url`, with
// their body; every other redirect of theirs is the response, so that a body never goes where nobody sent it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace rappel {

// The proof that a client wants of an https server before it speaks to it.
enum class HttpTrust {
  kName,         // that it has a trusted certificate for the name in the address
  kCertificate,  // that it has a trusted certificate, whatever its names
  kAnyone,       // nothing: for requests that give nothing away, and answers that nobody relies on
};

struct HttpClientOptions {
  std::string user_agent;  // empty = rappel/<version>
  std::string http_proxy;  // by the scheme of the address asked for; empty = none
  std::string https_proxy;
  std::string no_proxy;           // comma-separated hosts that are asked directly, "*" = all
  std::filesystem::path ca_file;  // PEM bundle; empty = the system's
  HttpTrust trust = HttpTrust::kName;
  int connect_timeout_s = 10;
  int stall_timeout_s = 30;  // under one byte per second for this long is a cut connection
  int max_redirects = 10;
};

struct HttpResponse {
  int status = 0;
  std::string url;                                           // that answered, after redirects
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;  // when there was no sink, or the status is not 2xx

  // The value of the first header of that (lower-case) name, or "".
  std::string_view header(std::string_view name) const;
};

// Where the body of a 2xx answer goes. A Status that is not ok ends the transfer, and send() returns it.
class HttpSink {
 public:
  virtual ~HttpSink() = default;
  // Before the first byte (also when there is none): status and headers.
  virtual Status begin(const HttpResponse& response) = 0;
  virtual Status write(std::string_view bytes) = 0;
};

enum class HttpMethod { kGet, kHead, kPost, kPut, kDelete };

const char* method_name(HttpMethod method);
// The methods that may be repeated without a second effect (RFC 9110, 9.2.2): all but POST.
bool is_idempotent(HttpMethod method);

enum class HttpRedirects {
  kFollow,      // but never from https to http
  kSameOrigin,  // a redirect to another origin is the answer (status 3xx)
};

struct HttpRequest {
  HttpMethod method = HttpMethod::kGet;
  std::string url;  // http or https
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;  // of POST, PUT and DELETE; name its type in `headers`
  std::string
      bearer_token;  // sent as Authorization to the origin of `url` alone, never after a redirect elsewhere
  std::optional<std::uint64_t>
      range_begin;  // asks for the bytes from here on; the server may answer 200 with all of them
  HttpRedirects redirects = HttpRedirects::kFollow;
  std::chrono::milliseconds timeout{0};  // for the whole exchange with its redirects; 0 = no limit
  std::stop_token cancel;                // looked at once a second, and with every piece received
  HttpSink* sink = nullptr;
  std::size_t max_body = std::size_t{16} << 20;  // without a sink: kResourceExhausted beyond
};

class HttpClient {
 public:
  explicit HttpClient(HttpClientOptions options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  Result<HttpResponse> send(const HttpRequest& request) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Scheme, host and port are the same. False when one is not an http or https address.
bool same_origin(const std::string& a, const std::string& b);
// The absolute address that `location` means in an answer from `url`; kFailedPrecondition when it is not http
// or https, or leads from https to http.
Result<std::string> redirect_target(const std::string& url, const std::string& location);
// scheme://host[:port]/path, for messages.
std::string printable_url(const std::string& url);

}  // namespace rappel
