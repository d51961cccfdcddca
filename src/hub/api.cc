#include "hub/api.h"

#include "base/escape_controls.h"
#include "codec/json_strings.h"
#include "hub/names.h"

namespace rappel::hub {
namespace {

constexpr std::size_t kMaxFiles = 100'000;
constexpr std::size_t kMaxApiBytes = std::size_t{64} << 20;
constexpr int kFirstContactAttempts = 2;

// Text of the server for a message, cut.
std::string shown(std::string_view text) { return escape_controls(text.substr(0, 300)); }

std::optional<std::uint64_t> parse_size(std::string_view text) {
  if (text.empty() || text.size() > 18) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

}  // namespace

Status Api::explain(const HttpResponse& response, const std::string& file) const {
  const std::string_view kind = response.header("x-error-code");
  const std::string cause = shown(response.header("x-error-message"));
  const std::string what = model_.repository + (file.empty() ? "" : "/" + file);
  const std::string status = std::to_string(response.status);
  const auto error = [&](Code code, const std::string& text) { return Status(code, text, cause); };

  if (!same_origin(response.url, settings_.endpoint))
    return error(Code::kUnavailable,
                 what + ": the storage server " + printable_url(response.url) + " answered " + status);
  if (response.status == 429) {
    const int wait = retry_after_s(response);
    return error(Code::kUnavailable,
                 settings_.endpoint + " answers 429, too many requests" +
                     (wait > 0 ? ", and asks to wait " + std::to_string(wait) + " s" : "") +
                     (settings_.token.empty() ? "; setting HF_TOKEN raises the limit" : "; try again later"));
  }
  if (is_retryable(response.status))
    return error(Code::kUnavailable,
                 what + ": " + settings_.endpoint + " answers " + status + "; try again later");
  if (kind == "GatedRepo" || (response.status == 403 && kind.empty()))
    return error(Code::kUnauthenticated,
                 model_.repository + " is gated: accept its licence on " + page() +
                     (settings_.token.empty() ? " and set HF_TOKEN to a token of that account"
                                              : " with the account that HF_TOKEN belongs to"));
  if (kind == "RevisionNotFound")
    return error(Code::kNotFound, model_.repository + " has no revision \"" + model_.revision + "\": see " +
                                      page() + "/tree/main for its branches and tags");
  if (response.status == 401 || kind == "RepoNotFound" || (response.status == 404 && file.empty())) {
    if (response.status == 401 && !settings_.token.empty() && kind != "RepoNotFound")
      return error(Code::kUnauthenticated, settings_.endpoint + " does not accept the token for " +
                                               model_.repository +
                                               ": renew HF_TOKEN, or leave it out for public models");
    return error(
        response.status == 401 ? Code::kUnauthenticated : Code::kNotFound,
        settings_.endpoint + " has no model " + model_.repository +
            (file.empty() ? "" : " (asked for " + file + ")") +
            ": check the name and the revision; if the model is private or gated, " +
            (settings_.token.empty() ? "set HF_TOKEN" : "check that the account of HF_TOKEN may read it"));
  }
  if (response.status == 404) return error(Code::kNotFound, settings_.endpoint + " has no file " + what);
  return error(Code::kUnavailable, what + ": " + settings_.endpoint + " answers " + status +
                                       "; check that HF_ENDPOINT is a Hugging Face Hub or a mirror of one");
}

Result<HttpResponse> Api::send(const HttpRequest& request, const std::string& file, bool first) const {
  Retry retry({settings_.retries, settings_.retry_delay_ms}, note_, request.cancel);
  Retry contact({settings_.retries, settings_.retry_delay_ms}, note_, request.cancel);
  if (first) contact.limit(kFirstContactAttempts);
  for (;;) {
    Result<HttpResponse> response = client_.send(request);
    if (!response.ok()) {
      if (response.status().code() != Code::kUnavailable) return response.status();
      RAPPEL_TRY(contact.again(response.status()));
    } else if (response->status >= 400) {
      const Status failure = explain(*response, file);
      if (!is_retryable(response->status)) return failure;
      RAPPEL_TRY(retry.again(failure, retry_after_s(*response)));
    } else {
      return response;
    }
  }
}

Result<RemoteRevision> Api::revision(const std::stop_token& cancel) const {
  HttpRequest request;
  request.url = settings_.endpoint + "/api/models/" + model_.repository + "/revision/" +
                percent_encode(model_.revision, false);
  request.bearer_token = settings_.token;
  request.cancel = cancel;
  request.max_body = kMaxApiBytes;
  RAPPEL_ASSIGN(const HttpResponse response, send(request, "", true));

  const auto refuse = [&](const std::string& why) {
    return Status(Code::kCorrupt, printable_url(request.url) +
                                      " does not answer as a Hugging Face Hub does (" + why +
                                      "): check HF_ENDPOINT");
  };
  RemoteRevision revision;
  bool too_many = false;
  const Status read = visit_json_strings(response.body, [&](std::string_view path, std::string& value) {
    if (path == "sha") {
      revision.commit = std::move(value);
      return true;
    }
    if (path != "siblings[].rfilename" || !is_safe_file_name(value)) return true;
    too_many = revision.files.size() == kMaxFiles;
    if (!too_many) revision.files.push_back(std::move(value));
    return !too_many;
  });
  if (too_many)
    return Status(Code::kResourceExhausted, model_.repository + " has more than " +
                                                std::to_string(kMaxFiles) +
                                                " files, which no model has: check the name");
  if (!read.ok()) return refuse(read.message());
  if (!is_commit(revision.commit)) return refuse("no commit in \"sha\"");
  if (revision.files.empty() && response.body.find("\"siblings\"") == std::string::npos)
    return refuse("no list of files in \"siblings\"");
  return revision;
}

HttpRequest Api::content(const std::string& commit, const std::string& name,
                         const std::stop_token& cancel) const {
  HttpRequest request;
  request.url = page() + "/resolve/" + commit + "/" + percent_encode(name, true);
  request.headers = {{"Accept-Encoding", "identity"}};  // sizes and ranges are those of the file itself
  request.bearer_token = settings_.token;
  request.cancel = cancel;
  return request;
}

Result<RemoteFile> Api::file(const std::string& commit, const std::string& name,
                             const std::stop_token& cancel) const {
  HttpRequest request = content(commit, name, cancel);
  request.method = HttpMethod::kHead;
  // The answer of the Hub itself is wanted, not that of the storage it sends us to.
  request.redirects = HttpRedirects::kSameOrigin;
  RAPPEL_ASSIGN(HttpResponse response, send(request, name, false));
  if (response.status >= 300 && response.header("x-linked-etag").empty() && response.header("etag").empty()) {
    request.redirects = HttpRedirects::kFollow;  // a mirror that only passes requests on
    RAPPEL_ASSIGN(response, send(request, name, false));
  }

  const std::string what = model_.repository + "/" + name;
  if (const std::string_view at = response.header("x-repo-commit"); !at.empty() && at != commit)
    return Status(Code::kUnavailable, what + " changed while it was looked up: try again");
  const bool linked = !response.header("x-linked-etag").empty();
  RemoteFile file{name, normalize_etag(response.header(linked ? "x-linked-etag" : "etag")), {}};
  if (file.etag.empty())
    return Status(Code::kCorrupt, what + ": " + settings_.endpoint + " gives no checksum for it (ETag \"" +
                                      shown(response.header(linked ? "x-linked-etag" : "etag")) +
                                      "\"): check that HF_ENDPOINT is a Hugging Face Hub or a mirror of one");
  file.bytes = parse_size(response.header("x-linked-size"));
  // The length of a compressed response is not the file's.
  const std::string_view coding = response.header("content-encoding");
  if (!file.bytes && response.status < 300 && (coding.empty() || coding == "identity"))
    file.bytes = parse_size(response.header("content-length"));
  return file;
}

}  // namespace rappel::hub
