#include "server/http/headers.h"

#include <algorithm>

namespace rappel {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Takes the value at the front of `rest`: a token up to ';', or a quoted string.
std::string take_value(std::string_view& rest) {
  if (rest.empty() || rest.front() != '"') {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    std::string token(trimmed(rest.substr(0, end)));
    rest.remove_prefix(end);
    return token;
  }
  std::string out;
  std::size_t i = 1;
  for (; i < rest.size() && rest[i] != '"'; ++i) {
    if (rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\')) ++i;
    out.push_back(rest[i]);
  }
  rest.remove_prefix(std::min(i + 1, rest.size()));
  return out;
}

}  // namespace

std::string_view Headers::get(std::string_view name) const {
  const Field* field = find(name);
  return field ? std::string_view(field->second) : std::string_view();
}

std::vector<std::string_view> Headers::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [key, value] : fields_)
    if (equal_ignoring_case(key, name)) values.push_back(value);
  return values;
}

void Headers::set(std::string name, std::string value) {
  std::erase_if(fields_, [&](const Field& field) { return equal_ignoring_case(field.first, name); });
  add(std::move(name), std::move(value));
}

const Headers::Field* Headers::find(std::string_view name) const {
  for (const Field& field : fields_)
    if (equal_ignoring_case(field.first, name)) return &field;
  return nullptr;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower_case(x) == lower_case(y); });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string media_type(std::string_view content_type) {
  return lower_case(trimmed(content_type.substr(0, content_type.find(';'))));
}

bool header_parameter(std::string_view header, std::string_view name, std::string& value) {
  std::size_t at = header.find(';');
  if (at == std::string_view::npos) return false;
  std::string_view rest = header.substr(at);
  while (!rest.empty()) {
    rest.remove_prefix(1);  // the ';'
    const std::size_t equals = rest.find_first_of("=;");
    if (equals == std::string_view::npos) return false;
    if (rest[equals] == ';') {
      rest.remove_prefix(equals);
      continue;
    }
    const std::string parameter = lower_case(trimmed(rest.substr(0, equals)));
    rest = trimmed(rest.substr(equals + 1));
    std::string found = take_value(rest);
    if (parameter == name) {
      value = std::move(found);
      return true;
    }
    rest.remove_prefix(std::min(rest.find(';'), rest.size()));
  }
  return false;
}

}  // namespace rappel
