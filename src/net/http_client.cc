#include "net/http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <mutex>

#include "base/os/file.h"

namespace rappel {
namespace {

constexpr std::size_t kMaxErrorBody = 64 << 10;  // of an answer that is not 2xx, when there is a sink
constexpr int kMaxHeaders = 200;

using Clock = std::chrono::steady_clock;

void init_curl_once() {
  static const CURLcode done = curl_global_init(CURL_GLOBAL_DEFAULT);
  RAPPEL_CHECK(done == CURLE_OK, "libcurl could not be initialised");
}

// An address taken apart; empty parts when it is not http or https.
class Url {
 public:
  explicit Url(const std::string& text) : handle_(curl_url()) {
    good_ =
        handle_ != nullptr && curl_url_set(handle_, CURLUPART_URL, text.c_str(), 0) == CURLUE_OK && is_http();
  }
  ~Url() { curl_url_cleanup(handle_); }
  Url(const Url&) = delete;
  Url& operator=(const Url&) = delete;

  bool good() const { return good_; }
  // Follows a Location: absolute, or relative to this address.
  bool go(const std::string& location) {
    good_ = good_ && curl_url_set(handle_, CURLUPART_URL, location.c_str(), 0) == CURLUE_OK && is_http();
    return good_;
  }
  std::string part(CURLUPart which, unsigned flags = 0) const {
    char* text = nullptr;
    if (curl_url_get(handle_, which, &text, flags) != CURLUE_OK) return {};
    std::string copy(text);
    curl_free(text);
    return copy;
  }
  std::string scheme() const { return part(CURLUPART_SCHEME); }
  std::string origin() const {
    return scheme() + "://" + lower(part(CURLUPART_HOST)) + ":" + part(CURLUPART_PORT, CURLU_DEFAULT_PORT);
  }
  static std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
  }

 private:
  bool is_http() const {
    const std::string name = scheme();
    return name == "http" || name == "https";
  }
  CURLU* handle_;
  bool good_ = false;
};

// One exchange on one connection: what the callbacks of libcurl fill in.
struct Exchange {
  const HttpRequest& request;
  HttpResponse response;
  Status refusal;  // ours, or the sink's
  bool began = false;

  bool success() const { return response.status >= 200 && response.status < 300; }
  bool to_sink() const { return request.sink != nullptr && success(); }

  Status begin_sink() {
    if (began || !to_sink()) return {};
    began = true;
    return request.sink->begin(response);
  }

  Status take(std::string_view bytes) {
    if (request.cancel.stop_requested()) return Status(Code::kCancelled, "cancelled");
    if (to_sink()) {
      RAPPEL_TRY(begin_sink());
      return request.sink->write(bytes);
    }
    if (request.sink != nullptr || !success()) {
      response.body.append(bytes.substr(0, kMaxErrorBody - std::min(kMaxErrorBody, response.body.size())));
      return {};
    }
    if (bytes.size() > request.max_body - std::min(request.max_body, response.body.size()))
      return Status(Code::kResourceExhausted, printable_url(request.url) + " answered with more than " +
                                                  std::to_string(request.max_body) + " bytes");
    response.body.append(bytes);
    return {};
  }
};

// "HTTP/1.1 302 Found" -> 302, 0 when it is not a status line.
int status_of_line(std::string_view line) {
  if (!line.starts_with("HTTP/")) return 0;
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || line.size() < space + 4) return 0;
  int status = 0;
  for (const char c : line.substr(space + 1, 3)) {
    if (c < '0' || c > '9') return 0;
    status = status * 10 + (c - '0');
  }
  return status;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* context) {
  auto& response = static_cast<Exchange*>(context)->response;
  const std::string_view line(data, size);
  if (const int status = status_of_line(line); status != 0) {  // also ends the headers of a "100 Continue"
    response.status = status;
    response.headers.clear();
    return size;
  }
  const std::size_t colon = line.find(':');
  if (colon != std::string_view::npos && response.headers.size() < kMaxHeaders)
    response.headers.emplace_back(Url::lower(std::string(line.substr(0, colon))),
                                  trimmed(line.substr(colon + 1)));
  return size;
}

std::size_t on_body(char* data, std::size_t, std::size_t size, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  if (!exchange.refusal.ok()) return 0;
  exchange.refusal = exchange.take({data, size});
  return exchange.refusal.ok() ? size : 0;
}

int on_progress(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& exchange = *static_cast<Exchange*>(context);
  if (!exchange.request.cancel.stop_requested()) return 0;
  exchange.refusal = Status(Code::kCancelled, "cancelled");
  return 1;
}

class HeaderList {
 public:
  HeaderList() = default;
  ~HeaderList() { curl_slist_free_all(list_); }
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;

  Status add(const std::string& name, const std::string& value) {
    const auto bad = [](unsigned char c) { return c < ' ' && c != '\t'; };
    if (name.empty() || name.find(':') != std::string::npos || std::any_of(name.begin(), name.end(), bad) ||
        std::any_of(value.begin(), value.end(), bad))
      return Status(Code::kInvalidArgument,
                    "the value of the request header \"" + name + "\" holds control characters");
    curl_slist* longer = curl_slist_append(list_, (name + ": " + value).c_str());
    if (longer == nullptr) return Status(Code::kResourceExhausted, "out of memory for request headers");
    list_ = longer;
    return {};
  }
  // libcurl would add this header by itself otherwise.
  Status suppress(const char* name) {
    curl_slist* longer = curl_slist_append(list_, (std::string(name) + ":").c_str());
    if (longer == nullptr) return Status(Code::kResourceExhausted, "out of memory for request headers");
    list_ = longer;
    return {};
  }
  curl_slist* get() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

Status transport_error(CURLcode code, const std::string& what, const HttpClientOptions& options,
                       const char* details) {
  const std::string cause = details[0] != '\0' ? details : curl_easy_strerror(code);
  const auto unavailable = [&](const std::string& text) {
    return Status(Code::kUnavailable, what + ": " + text, cause);
  };
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return unavailable("the host name could not be resolved; check the address and the network");
    case CURLE_COULDNT_RESOLVE_PROXY:
      return unavailable("the name of the proxy could not be resolved; check http_proxy / https_proxy");
    case CURLE_COULDNT_CONNECT:
      return unavailable(
          "no connection; check that the address is right and that the network or proxy lets it through");
    case CURLE_OPERATION_TIMEDOUT:
      return unavailable("no answer (time limits: " + std::to_string(options.connect_timeout_s) +
                         " s to connect, " + std::to_string(options.stall_timeout_s) + " s without a byte)");
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return Status(
          Code::kFailedPrecondition,
          what +
              ": the server's certificate could not be verified; check the clock and the certificates of "
              "this system (package ca-certificates), or name your own bundle in SSL_CERT_FILE",
          cause);
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2_STREAM: return unavailable("the connection was cut");
    default: return unavailable("the request failed");
  }
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// Whether the request continues at `target`; if not, the redirect is the response.
bool follows(const HttpRequest& request, int status, const std::string& target) {
  const bool same = same_origin(request.url, target);
  if (request.redirects == HttpRedirects::kSameOrigin && !same) return false;
  if (request.method == HttpMethod::kGet || request.method == HttpMethod::kHead) return true;
  return same && (status == 307 || status == 308);
}

Status deadline_passed(const HttpRequest& request, const std::string& url) {
  return Status(Code::kDeadlineExceeded, std::string(method_name(request.method)) + " " + printable_url(url) +
                                             ": no response within " +
                                             std::to_string(request.timeout.count()) + " ms");
}

void configure_method(CURL* handle, const HttpRequest& request) {
  curl_easy_setopt(handle, CURLOPT_NOBODY, request.method == HttpMethod::kHead ? 1L : 0L);
  if (request.method == HttpMethod::kGet || request.method == HttpMethod::kHead) return;
  if (request.method != HttpMethod::kDelete || !request.body.empty()) {
    curl_easy_setopt(handle, CURLOPT_POST, 1L);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.data());  // not copied: lives as the request
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, method_name(request.method));
}

}  // namespace

struct HttpClient::Impl {
  explicit Impl(HttpClientOptions o) : options(std::move(o)) {
    if (options.user_agent.empty()) options.user_agent = "rappel/" RAPPEL_VERSION;
  }
  ~Impl() {
    for (CURL* handle : idle) curl_easy_cleanup(handle);
  }

  CURL* acquire() {
    {
      const std::lock_guard lock(mutex);
      if (!idle.empty()) {
        CURL* handle = idle.back();
        idle.pop_back();
        return handle;
      }
    }
    return curl_easy_init();
  }
  void release(CURL* handle) {
    curl_easy_reset(handle);  // keeps its connections
    const std::lock_guard lock(mutex);
    idle.push_back(handle);
  }

  Result<HttpResponse> exchange(const HttpRequest& request, const std::string& url, bool with_token,
                                Clock::time_point deadline);
  void configure(CURL* handle, const HttpRequest& request, const std::string& url, Exchange& exchange) const;

  HttpClientOptions options;
  std::mutex mutex;
  std::vector<CURL*> idle;  // guarded by mutex; each keeps its own connections
};

void HttpClient::Impl::configure(CURL* handle, const HttpRequest& request, const std::string& url,
                                 Exchange& exchange) const {
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  configure_method(handle, request);
  curl_easy_setopt(handle, CURLOPT_USERAGENT, options.user_agent.c_str());
  // Given always, empty too: libcurl would read the environment otherwise.
  const bool secure = url.starts_with("https:");
  curl_easy_setopt(handle, CURLOPT_PROXY, secure ? options.https_proxy.c_str() : options.http_proxy.c_str());
  curl_easy_setopt(handle, CURLOPT_NOPROXY, options.no_proxy.c_str());
  if (!options.ca_file.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, options.ca_file.c_str());
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, options.trust == HttpTrust::kName ? 2L : 0L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, options.trust == HttpTrust::kAnyone ? 0L : 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, static_cast<long>(options.connect_timeout_s));
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.stall_timeout_s));
  curl_easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(handle, CURLOPT_BUFFERSIZE, 256L << 10);
  curl_easy_setopt(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (request.range_begin)
    curl_easy_setopt(handle, CURLOPT_RANGE, (std::to_string(*request.range_begin) + "-").c_str());
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &exchange);
}

Result<HttpResponse> HttpClient::Impl::exchange(const HttpRequest& request, const std::string& url,
                                                bool with_token, Clock::time_point deadline) {
  const bool limited = deadline != Clock::time_point::max();
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  if (limited && left.count() <= 0) return deadline_passed(request, url);
  HeaderList headers;
  for (const auto& [name, value] : request.headers) RAPPEL_TRY(headers.add(name, value));
  if (with_token && !request.bearer_token.empty())
    RAPPEL_TRY(headers.add("Authorization", "Bearer " + request.bearer_token));

  if (const auto& own = request.headers; std::none_of(
          own.begin(), own.end(), [](const auto& h) { return Url::lower(h.first) == "content-type"; }))
    RAPPEL_TRY(headers.suppress("Content-Type"));
  RAPPEL_TRY(headers.suppress("Expect"));  // or a server that ignores it would cost a second

  Exchange exchange{request, {}, {}};
  exchange.response.url = url;
  CURL* handle = acquire();
  if (handle == nullptr) return Status(Code::kResourceExhausted, "out of memory for an HTTP connection");
  char details[CURL_ERROR_SIZE] = "";
  configure(handle, request, url, exchange);
  if (limited) curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, details);
  const CURLcode code = curl_easy_perform(handle);
  release(handle);

  if (!exchange.refusal.ok()) return exchange.refusal;
  if (code == CURLE_OPERATION_TIMEDOUT && limited && Clock::now() >= deadline)
    return deadline_passed(request, url);
  if (code != CURLE_OK)
    return transport_error(code, std::string(method_name(request.method)) + " " + printable_url(url), options,
                           details);
  RAPPEL_TRY(exchange.begin_sink());
  return std::move(exchange.response);
}

HttpClient::HttpClient(HttpClientOptions options) {
  init_curl_once();
  impl_ = std::make_unique<Impl>(std::move(options));
}
HttpClient::~HttpClient() = default;

Result<HttpResponse> HttpClient::send(const HttpRequest& request) const {
  if (!Url(request.url).good())
    return Status(Code::kInvalidArgument,
                  "\"" + printable_url(request.url) + "\" is not an http or https address");
  // libcurl would wait for the writer of a FIFO.
  if (const char* kind = special_file_kind(impl_->options.ca_file); *kind != '\0')
    return Status(Code::kInvalidArgument, "cannot read the certificates " + impl_->options.ca_file.string() +
                                              ": it is a " + kind + "; name a regular file (SSL_CERT_FILE)");
  std::string url = Url(request.url).part(CURLUPART_URL);
  bool with_token = true;
  const auto deadline =
      request.timeout.count() > 0 ? Clock::now() + request.timeout : Clock::time_point::max();
  for (int hop = 0; hop <= impl_->options.max_redirects; ++hop) {
    if (request.cancel.stop_requested()) return Status(Code::kCancelled, "cancelled");
    RAPPEL_ASSIGN(HttpResponse response, impl_->exchange(request, url, with_token, deadline));
    const std::string location(response.header("location"));
    if (!is_redirect(response.status) || location.empty()) return response;
    RAPPEL_ASSIGN(std::string target, redirect_target(url, location));
    if (!follows(request, response.status, target)) return response;
    with_token = with_token && same_origin(request.url, target);  // once dropped, never sent again
    url = std::move(target);
  }
  return Status(Code::kUnavailable, printable_url(request.url) + " redirects more than " +
                                        std::to_string(impl_->options.max_redirects) + " times");
}

const char* method_name(HttpMethod method) {
  switch (method) {
    case HttpMethod::kGet: return "GET";
    case HttpMethod::kHead: return "HEAD";
    case HttpMethod::kPost: return "POST";
    case HttpMethod::kPut: return "PUT";
    case HttpMethod::kDelete: break;
  }
  return "DELETE";
}

bool is_idempotent(HttpMethod method) { return method != HttpMethod::kPost; }

std::string_view HttpResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

bool same_origin(const std::string& a, const std::string& b) {
  const Url first(a), second(b);
  return first.good() && second.good() && first.origin() == second.origin();
}

Result<std::string> redirect_target(const std::string& url, const std::string& location) {
  Url at(url);
  const bool secure = at.scheme() == "https";
  if (!at.go(location))
    return Status(Code::kFailedPrecondition, printable_url(url) +
                                                 " redirects to something that is not an http or https "
                                                 "address; refused");
  if (secure && at.scheme() != "https")
    return Status(Code::kFailedPrecondition,
                  printable_url(url) + " redirects from https to http, to " +
                      printable_url(at.part(CURLUPART_URL)) +
                      "; refused, because what comes from there could be anybody's");
  return at.part(CURLUPART_URL);
}

std::string printable_url(const std::string& url) {
  const Url parsed(url);
  if (!parsed.good()) return url.substr(0, url.find_first_of("?#"));
  const std::string port = parsed.part(CURLUPART_PORT);
  return parsed.scheme() + "://" + parsed.part(CURLUPART_HOST) + (port.empty() ? "" : ":" + port) +
         parsed.part(CURLUPART_PATH);
}

}  // namespace rappel
