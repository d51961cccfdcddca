#include "hub/names.h"

#include <algorithm>

namespace rappel {
namespace hub {
namespace {

constexpr std::size_t kMaxRepository = 96;  // the Hub's own limit
constexpr std::size_t kMaxPath = 255;
constexpr int kMaxParts = 8;

bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_hex(std::string_view text, std::size_t length) {
  return text.size() == length && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool is_repository_part(std::string_view part) {
  if (part.empty() || part.front() == '-' || part.front() == '.' || part.back() == '-' || part.back() == '.')
    return false;
  return std::all_of(part.begin(), part.end(),
                     [](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.'; });
}

// Apache and nginx mark the ETag of a compressed response, inside or outside of the quotes.
std::string_view without_compression(std::string_view etag) {
  for (const std::string_view name : {"gzip", "br", "deflate", "zstd"}) {
    if (!etag.ends_with(name)) continue;
    std::string_view rest = etag.substr(0, etag.size() - name.size());
    if (!rest.ends_with('-') && !rest.ends_with(';')) continue;
    while (rest.ends_with('-') || rest.ends_with(';')) rest.remove_suffix(1);
    return rest;
  }
  return etag;
}

constexpr std::string_view kFolderPrefix = "models--";

}  // namespace

bool is_commit(std::string_view text) { return is_hex(text, 40); }
bool is_sha256(std::string_view text) { return is_hex(text, 64); }

bool is_repository(std::string_view text) {
  if (text.size() > kMaxRepository || contains(text, "--") || contains(text, "..")) return false;
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return is_repository_part(text);
  return is_repository_part(text.substr(0, slash)) && is_repository_part(text.substr(slash + 1));
}

bool is_revision(std::string_view text) {
  if (text.empty() || text.size() > kMaxPath || contains(text, "..") || contains(text, "//")) return false;
  if (text.front() == '/' || text.back() == '/' || text.front() == '-' || text.front() == '.' ||
      contains(text, "/."))
    return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_alnum(c) || c == '-' || c == '_' || c == '.' || c == '/' || c == '+' || c == '=' || c == '@' ||
           c == '#';
  });
}

bool is_safe_file_name(std::string_view text) {
  if (text.empty() || text.size() > kMaxPath) return false;
  int parts = 0;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('/', begin), text.size());
    const std::string_view part = text.substr(begin, end - begin);
    if (part.empty() || part.front() == '.' || part.front() == '-' || part.front() == ' ' ||
        ++parts > kMaxParts)
      return false;
    const bool plain = std::all_of(part.begin(), part.end(), [](char c) {
      return is_alnum(c) || c == '.' || c == '_' || c == '+' || c == '-' || c == ' ';
    });
    if (!plain) return false;
    begin = end + 1;
  }
  return true;
}

std::string normalize_etag(std::string_view header) {
  if (header.starts_with("W/")) header.remove_prefix(2);
  header = without_compression(header);
  if (header.size() >= 2 && header.front() == '"' && header.back() == '"')
    header = header.substr(1, header.size() - 2);
  header = without_compression(header);
  return is_commit(header) || is_sha256(header) ? std::string(header) : std::string();
}

std::string repository_folder(std::string_view repository) {
  std::string folder(kFolderPrefix);
  for (const char c : repository) {
    if (c == '/')
      folder += "--";
    else
      folder += c;
  }
  return folder;
}

std::string repository_of_folder(std::string_view folder) {
  if (!folder.starts_with(kFolderPrefix)) return {};
  std::string name(folder.substr(kFolderPrefix.size()));
  if (const std::size_t dashes = name.find("--"); dashes != std::string::npos) name.replace(dashes, 2, "/");
  return is_repository(name) ? name : std::string();
}

std::string percent_encode(std::string_view text, bool keep_slash) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_alnum(c) || c == '-' || c == '_' || c == '.' || c == '~' || (c == '/' && keep_slash)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

}  // namespace hub

Result<ModelName> parse_model_name(std::string_view name) {
  const std::size_t at = name.find('@');
  ModelName parsed;
  parsed.repository = name.substr(0, at);
  if (!hub::is_repository(parsed.repository))
    return Status(Code::kInvalidArgument,
                  "\"" + std::string(name) +
                      "\" is neither a model folder nor a model name: a name looks like "
                      "ORG/NAME or ORG/NAME@REVISION, for example BAAI/bge-m3");
  if (at != std::string_view::npos) {
    parsed.revision = name.substr(at + 1);
    if (!hub::is_revision(parsed.revision))
      return Status(Code::kInvalidArgument,
                    "\"" + parsed.revision + "\" in \"" + std::string(name) +
                        "\" is not a revision: give a branch, a tag or a 40-digit commit");
  }
  return parsed;
}

}  // namespace rappel
