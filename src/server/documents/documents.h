// Documents: fixed files and pages that a protocol gives to everyone. Their bytes are assets, built into the
// program; nothing is loaded from elsewhere.
//
// Filled at construction of the protocol, immutable afterwards; must outlive the routes that it adds.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/protocol.h"

namespace rappel {

// A page that shows the openapi.json of its folder.
enum class ApiPage {
  kTry,   // requests can be sent
  kRead,  // it describes only
};

class Documents {
 public:
  // `public_url` takes the place of the address that the assets leave open; empty leaves it open.
  explicit Documents(const std::string& public_url) : public_url_(public_url) {}

  // Compact JSON from a JSON text.
  void add_json(std::string path, std::string_view json);
  // An asset with validators (ETag, Last-Modified).
  void add_file(std::string path, std::string content_type, std::string_view asset);
  // The same of a text, with further headers. `gzip` is the text in that coding, for clients that accept it;
  // empty: there is none.
  void add_text(std::string path, std::string content_type, std::string text, Headers headers = {},
                std::string_view gzip = {});
  // HTML, sent with a content security policy that allows nothing from elsewhere.
  void add_page(std::string path, std::string html);
  // `root`: from the page's address to the server's root ("" or "../").
  void add_api_page(std::string path, std::string_view title, std::string_view root, ApiPage kind);

  bool has(const std::string& path) const { return by_path_.contains(path); }
  // The document of a path that was added, or 304 if the client has it.
  Response answer(const std::string& path, const RequestHead& head) const;
  // A route for GET and HEAD, open to everyone, per document.
  void add_routes(std::vector<Route>& routes) const;

 private:
  struct Document {
    std::string content_type;
    std::string body;
    std::string etag;  // empty: without validators
    std::string last_modified;
    bool page = false;
    Headers headers = {};
    std::string gzip = {};
  };
  static Response respond(const Document& document, const RequestHead& head);
  std::string located(std::string text) const;

  const std::string public_url_;
  std::map<std::string, Document> by_path_;
};

// Every `from` of the text becomes `to`.
std::string replaced(std::string text, std::string_view from, std::string_view to);

}  // namespace rappel
