// The rules for names of repositories, revisions, files inside a repository and blobs. A name that passes can
// be used as a relative path and never leaves the folder it is put in.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "hub/hub.h"

namespace rappel::hub {

// 40 lower-case hex digits.
bool is_commit(std::string_view text);
// 64 lower-case hex digits.
bool is_sha256(std::string_view text);

// Letters, digits, '-', '_', '.', one '/'; at most 96 long; no "--" or "..", no '-' or '.' at an end.
bool is_repository(std::string_view text);
// A name that git allows and that is safe as a path: no "..", "//", control or quoting characters, not
// absolute.
bool is_revision(std::string_view text);
// A relative path of at most 8 parts of [A-Za-z0-9._+-] and space, no part "." or ".." or starting with '.',
// '-' or ' '.
bool is_safe_file_name(std::string_view text);

// The etag of a header without W/, quotes and the suffix of a mirror that compresses ("-gzip", "--gzip",
// ";br", ..); "" when the rest is neither a SHA-256 nor a git blob id (SHA-1).
std::string normalize_etag(std::string_view header);

// "models--ORG--NAME", and back; "" when the folder name is not of that form.
std::string repository_folder(std::string_view repository);
std::string repository_of_folder(std::string_view folder);

// RFC 3986 percent-encoding; '/' stays when keep_slash.
std::string percent_encode(std::string_view text, bool keep_slash);

}  // namespace rappel::hub
