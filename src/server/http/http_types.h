// The parts of a request and of an answer that handlers see; free of any HTTP library.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rappel {

enum class Method { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions, kOther };

// What of a request's header is looked at: the first of each field, as the old service read it; empty = not
// there.
struct RequestHead {
  Method method = Method::kOther;
  std::string method_name;   // as sent
  std::string path;          // percent-decoded, without the query string
  std::string raw_path;      // as sent, without the query string
  std::string query_string;  // with its "?", or empty
  std::string host;
  std::string authorization;
  std::string content_type;
  std::string if_none_match;
  std::string origin;
  std::string requested_method;   // Access-Control-Request-Method
  std::string requested_headers;  // Access-Control-Request-Headers
};

struct Answer {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>>
      headers;  // beyond content-type, content-length and the common ones

  static Answer json(std::string body, int status = 200) {
    return {status, "application/json", std::move(body), {}};
  }
  static Answer text(std::string body, int status = 200) {
    return {status, "text/plain; charset=utf-8", std::move(body), {}};
  }
  // {"detail":"..."}
  static Answer detail(int status, std::string_view message);
  // The same with Retry-After.
  static Answer retry(int status, std::string_view message, int seconds);

  Answer& with(std::string name, std::string value) {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
  }
};

// Percent-decoding; a broken escape stays as it is.
std::string percent_decoded(std::string_view text);

// "Text/Plain; charset=UTF-8" -> "text/plain".
std::string media_type(std::string_view content_type);

// The value of a parameter ("boundary", "charset", "filename"), quotes and their escapes removed; false when
// it is not there. Parameter names are matched without regard to case.
bool header_parameter(std::string_view header, std::string_view name, std::string& value);

// ASCII letters made small.
std::string lower_case(std::string_view text);
std::string_view trimmed(std::string_view text);

}  // namespace rappel
