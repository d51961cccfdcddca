// Served files: what the server gives away to everyone: OpenAPI, the plugin's manifest and logo, and pages
// that show the interface. They are assets/, built into the program; nothing is loaded from elsewhere.
//
// Rendered once at construction; immutable afterwards.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

namespace rappel {

struct ServedFile {
  std::string content_type;
  std::string body;
  std::string etag;  // empty: not to be revalidated
  std::string last_modified;
  bool page = false;  // HTML of our own: sent with a content security policy
};

class ServedFiles {
 public:
  // `public_url` takes the place of the address that the contract leaves open; empty leaves it open.
  explicit ServedFiles(const std::string& public_url);

  const ServedFile* find(std::string_view path) const;

 private:
  std::unordered_map<std::string, ServedFile> by_path_;
};

// "Sun, 06 Nov 1994 08:49:37 GMT", now.
std::string http_date();

}  // namespace rappel
