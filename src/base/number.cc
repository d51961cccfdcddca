#include "base/number.h"

#include <cctype>
#include <cstddef>
#include <locale>
#include <sstream>
#include <string>

namespace rappel {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digits_from(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end - at;
}

bool sign_at(std::string_view text, std::size_t at) {
  return at < text.size() && (text[at] == '-' || text[at] == '+');
}

// Length of the number at the beginning; 0: none.
std::size_t number_length(std::string_view text) {
  std::size_t at = sign_at(text, 0) ? 1 : 0;
  const std::size_t whole = digits_from(text, at);
  at += whole;
  std::size_t fraction = 0;
  if (at < text.size() && text[at] == '.') {
    fraction = digits_from(text, at + 1);
    at += 1 + fraction;
  }
  if (whole + fraction == 0) return 0;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    const std::size_t from = at + 1 + (sign_at(text, at + 1) ? 1 : 0);
    if (const std::size_t exponent = digits_from(text, from); exponent > 0) at = from + exponent;
  }
  return at;
}

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

}  // namespace

std::optional<double> take_number(std::string_view& text) {
  const std::size_t length = number_length(text);
  if (length == 0) return std::nullopt;
  // std::from_chars lacks floating point in the standard libraries of older Macs.
  std::istringstream stream{std::string(text.substr(0, length))};
  stream.imbue(std::locale::classic());
  double number = 0;
  if (!(stream >> number)) return std::nullopt;
  text.remove_prefix(length);
  return number;
}

std::optional<double> parse_number(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  const auto number = take_number(text);
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  return text.empty() ? number : std::nullopt;
}

}  // namespace rappel
