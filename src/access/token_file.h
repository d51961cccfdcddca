// TokenFile: the named tokens of a data folder, in its file tokens.json.
//
// The file has SHA-256 digests and never a token: a token is 256 random bits, and is shown once, when it is
// made. The file has mode 0600 and is replaced atomically; two commands that change it come one after the
// other. A file that is damaged or of another version is an error: a token is never more than it says.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/principal.h"
#include "base/status.h"
#include "codec/json.h"

namespace rappel {

struct TokenRecord {
  std::string name;
  std::string digest;      // SHA-256 of the token, hexadecimal
  std::string created_at;  // UTC
  Scopes scopes;
  std::optional<std::int64_t> expires_at = {};  // these three as in Principal
  std::optional<Rate> max_rate = {};
  std::optional<std::size_t> max_body = {};
  Json filter = nullptr;                      // as bound_json() gives it; null: every document
  std::vector<std::string> collections = {};  // as in Principal; they need not be there yet
};

// The record for people and programs: without the digest, and without members for limits that it lacks.
Json token_json(const TokenRecord& record);

// kInvalidArgument: the record names no usable token.
Result<KnownToken> known_token(const TokenRecord& record);

class TokenFile {
 public:
  explicit TokenFile(const std::filesystem::path& folder) : folder_(folder), path_(folder / "tokens.json") {}
  const std::filesystem::path& path() const { return path_; }

  // In the order in which they were made; none without a file. kCorrupt names the file.
  Result<std::vector<TokenRecord>> read() const;
  // The same, as a server uses them.
  Result<std::vector<KnownToken>> known() const;

  // Makes a token, whose digest and time it sets, and returns it. Makes the folder. kFailedPrecondition: the
  // name is taken. kInvalidArgument: it is unusable, or what the token allows is.
  Result<std::string> add(TokenRecord record) const;
  // kNotFound: there is none of this name.
  Status revoke(std::string_view name) const;

 private:
  Status write(const std::vector<TokenRecord>& records) const;

  const std::filesystem::path folder_;
  const std::filesystem::path path_;
};

}  // namespace rappel
