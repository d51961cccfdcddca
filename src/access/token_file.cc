#include "access/token_file.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

#include "access/bound_filter.h"
#include "base/os/fd.h"
#include "base/os/file.h"
#include "base/os/random.h"
#include "base/timestamp.h"
#include "codec/sha256.h"
#include "store/collection.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr int kFormat = 1;
constexpr std::size_t kMostBytes = std::size_t{4} << 20;
constexpr std::size_t kTokenBytes = 32;
constexpr std::size_t kMostName = 64;
constexpr std::size_t kMostCollections = 1000;
constexpr std::size_t kDigestDigits = 64, kIdDigits = 16;

Status invalid(const std::string& message) { return Status(Code::kInvalidArgument, message); }

Status check_name(std::string_view name) {
  const auto usable = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  if (name.empty() || name.size() > kMostName || !std::all_of(name.begin(), name.end(), usable))
    return invalid("the name of a token has 1 to 64 letters, digits, dots, hyphens and underscores");
  if (name == admin_principal()->name)
    return invalid("the name " + std::string(name) + " is that of BEARER_TOKEN: use another one");
  return {};
}

bool is_digest(std::string_view text) {
  return text.size() == kDigestDigits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string utc_text(std::int64_t second) {
  using Clock = std::chrono::system_clock;
  return format_timestamp_utc(Clock::time_point(std::chrono::seconds(second)));
}

// A list without names would be no limit.
Status read_collections(const Json& json, TokenRecord& record) {
  if (!json.is_array() || json.empty()) return invalid("collections is no list of names");
  for (const Json& name : json) {
    if (!name.is_string()) return invalid("the name of a collection is no text");
    record.collections.push_back(name.get<std::string>());
  }
  return {};
}

// The members that a token need not have. One that has the wrong type is an error: without it the token would
// allow more.
Status read_limits(const Json& json, TokenRecord& record) {
  if (json.contains("expires_at")) {
    RAPPEL_ASSIGN(const std::string text, json_string(json, "expires_at"));
    RAPPEL_ASSIGN(record.expires_at, parse_timestamp(text));
  }
  if (json.contains("rate")) {
    RAPPEL_ASSIGN(const std::string text, json_string(json, "rate"));
    RAPPEL_ASSIGN(record.max_rate, parse_rate(text));
  }
  if (json.contains("max_body")) {
    RAPPEL_ASSIGN(const long long bytes, json_integer(json, "max_body"));
    if (bytes <= 0) return invalid("max_body is no number of bytes");
    record.max_body = static_cast<std::size_t>(bytes);
  }
  if (json.contains("filter")) {
    record.filter = json["filter"];
    if (!record.filter.is_object()) return invalid("filter is no object");
  }
  if (json.contains("collections")) return read_collections(json["collections"], record);
  return {};
}

Result<TokenRecord> read_record(const Json& json) {
  static const std::vector<std::string> kKnown = {
      "name", "sha256", "created_at", "scopes", "expires_at", "rate", "max_body", "filter", "collections"};
  if (!json.is_object()) return invalid("a token is no object");
  for (const auto& [key, value] : json.items())
    if (std::find(kKnown.begin(), kKnown.end(), key) == kKnown.end())
      return invalid("a token has the unknown member " + key);
  TokenRecord record;
  RAPPEL_ASSIGN(record.name, json_string(json, "name"));
  RAPPEL_ASSIGN(record.digest, json_string(json, "sha256"));
  RAPPEL_ASSIGN(record.created_at, json_string(json, "created_at"));
  RAPPEL_ASSIGN(const std::string scopes, json_string(json, "scopes"));
  RAPPEL_ASSIGN(record.scopes, parse_scopes(scopes));
  RAPPEL_TRY(read_limits(json, record));
  RAPPEL_TRY(known_token(record).status());
  return record;
}

Result<std::vector<TokenRecord>> read_records(std::string_view text) {
  RAPPEL_ASSIGN(const Json json, parse_json(text));
  RAPPEL_ASSIGN(const long long format, json_integer(json, "format"));
  if (format != kFormat) return invalid("it was written by another version of rappel");
  if (!json.contains("tokens") || !json["tokens"].is_array()) return invalid("it has no list of tokens");
  std::vector<TokenRecord> records;
  for (const Json& one : json["tokens"]) {
    RAPPEL_ASSIGN(TokenRecord record, read_record(one));
    records.push_back(std::move(record));
  }
  return records;
}

// Held while the file is read and replaced.
Result<Fd> lock(const fs::path& folder) {
  Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0 || ::flock(fd.get(), LOCK_EX) != 0)
    return Status(Code::kUnavailable, "cannot lock " + folder.string(),
                  std::generic_category().message(errno));
  return fd;
}

}  // namespace

Json token_json(const TokenRecord& record) {
  Json json = {
      {"name", record.name}, {"scopes", scopes_text(record.scopes)}, {"created_at", record.created_at}};
  if (record.expires_at) json["expires_at"] = utc_text(*record.expires_at);
  if (record.max_rate) json["rate"] = rate_text(*record.max_rate);
  if (record.max_body) json["max_body"] = *record.max_body;
  if (!record.filter.is_null()) json["filter"] = record.filter;
  if (!record.collections.empty()) json["collections"] = record.collections;
  return json;
}

Result<KnownToken> known_token(const TokenRecord& record) {
  RAPPEL_TRY(check_name(record.name));
  if (!is_digest(record.digest)) return invalid("the token " + record.name + " has no digest");
  if (record.scopes.empty()) return invalid("the token " + record.name + " has no scope");
  if (record.collections.size() > kMostCollections)
    return invalid("a token has at most " + std::to_string(kMostCollections) + " collections");
  for (const std::string& collection : record.collections) RAPPEL_TRY(check_collection_name(collection));
  Principal principal{.name = record.name,
                      .id = record.digest.substr(0, kIdDigits),
                      .scopes = record.scopes,
                      .bound = {},
                      .expires_at = record.expires_at,
                      .max_rate = record.max_rate,
                      .max_body = record.max_body,
                      .collections = record.collections};
  if (!record.filter.is_null()) {
    auto bound = read_bound(record.filter, record.scopes);
    if (!bound.ok()) return bound.status();
    principal.bound = *std::move(bound);
  }
  return KnownToken{record.digest, std::make_shared<const Principal>(std::move(principal))};
}

Result<std::vector<TokenRecord>> TokenFile::read() const {
  std::error_code error;
  if (!fs::exists(path_, error) && !error) return std::vector<TokenRecord>();
  RAPPEL_ASSIGN(const std::string text, read_file(path_, kMostBytes));
  auto records = read_records(text);
  if (!records.ok())
    return Status(Code::kCorrupt, "cannot use the tokens in " + path_.string() + ": " +
                                      records.status().message() +
                                      "; restore the file, or remove it and make new tokens");
  return records;
}

Result<std::vector<KnownToken>> TokenFile::known() const {
  RAPPEL_ASSIGN(const std::vector<TokenRecord> records, read());
  std::vector<KnownToken> tokens;
  for (const TokenRecord& record : records) {
    RAPPEL_ASSIGN(KnownToken token, known_token(record));
    tokens.push_back(std::move(token));
  }
  return tokens;
}

Result<std::string> TokenFile::add(TokenRecord record) const {
  const std::string token = "rappel_" + random_hex(kTokenBytes);
  record.digest = sha256_hex(token);
  record.created_at = format_timestamp_utc(std::chrono::system_clock::now());
  RAPPEL_TRY(known_token(record).status());
  std::error_code error;
  fs::create_directories(folder_, error);
  RAPPEL_ASSIGN(const Fd held, lock(folder_));
  RAPPEL_ASSIGN(std::vector<TokenRecord> records, read());
  for (const TokenRecord& other : records)
    if (other.name == record.name)
      return Status(Code::kFailedPrecondition,
                    "there is a token " + record.name + ": revoke it first, or use another name");
  records.push_back(std::move(record));
  RAPPEL_TRY(write(records));
  return token;
}

Status TokenFile::revoke(std::string_view name) const {
  const auto none = [&] {
    return Status(Code::kNotFound, "there is no token " + std::string(name) + ": see `rappel token list`");
  };
  std::error_code error;
  if (!fs::exists(path_, error)) return none();
  RAPPEL_ASSIGN(const Fd held, lock(folder_));
  RAPPEL_ASSIGN(std::vector<TokenRecord> records, read());
  if (std::erase_if(records, [&](const TokenRecord& record) { return record.name == name; }) == 0)
    return none();
  return write(records);
}

Status TokenFile::write(const std::vector<TokenRecord>& records) const {
  Json tokens = Json::array();
  for (const TokenRecord& record : records) {
    Json json = token_json(record);
    json["sha256"] = record.digest;
    tokens.push_back(std::move(json));
  }
  const Json json = {{"format", kFormat}, {"tokens", std::move(tokens)}};
  return write_file_atomic(path_, json.dump(2) + "\n", /*secret=*/true);
}

}  // namespace rappel
