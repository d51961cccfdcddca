// Headers: the header fields of a request or a response, in the order in which they came, and readers for the
// values of some of them. Free of any HTTP library.
//
// Field names match without regard to case (RFC 9110, 5.1). A field that comes several times is kept several
// times. Views that get() and all() return live until the object is changed.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ascii.h"

namespace rappel {

class Headers {
 public:
  using Field = std::pair<std::string, std::string>;

  // The first value of the field; "" when it is absent.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const { return find(name) != nullptr; }
  std::vector<std::string_view> all(std::string_view name) const;

  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  // Replaces every value of the field by this one.
  void set(std::string name, std::string value);

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  bool empty() const { return fields_.empty(); }

 private:
  const Field* find(std::string_view name) const;
  std::vector<Field> fields_;
};

// Percent-decoding; a broken escape stays as it is.
std::string percent_decoded(std::string_view text);

// "Text/Plain; charset=UTF-8" -> "text/plain".
std::string media_type(std::string_view content_type);

// The value of a parameter ("boundary", "charset", "filename"), quotes and their escapes removed; false when
// it is absent. Parameter names match without regard to case.
bool header_parameter(std::string_view header, std::string_view name, std::string& value);

bool equal_ignoring_case(std::string_view a, std::string_view b);
std::string_view trimmed(std::string_view text);

}  // namespace rappel
