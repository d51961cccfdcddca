#include "extractor/office/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "base/utf8.h"

namespace rappel::extractor {
namespace {

constexpr std::string_view kBlanks = " \t\r\n\f\v";

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n'; }

// Eight bytes at a time are looked at for one below 0x20: nearly all texts have none.
bool has_control(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101, kHigh = 0x80 * kOnes;
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t eight;
    std::memcpy(&eight, text.data() + at, sizeof eight);
    const bool below = ((eight - 0x20 * kOnes) & ~eight & kHigh) != 0;
    if (below && std::any_of(text.begin() + at, text.begin() + at + 8, is_control)) return true;
  }
  return std::any_of(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), is_control);
}

std::string valid(std::string text) {
  if (!utf8_valid(text)) text = utf8_repair(text).text;
  if (has_control(text)) text.erase(std::remove_if(text.begin(), text.end(), is_control), text.end());
  return text;
}

bool digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string tidy(std::string text) {
  text = tidy_row(std::move(text));
  text.erase(0, std::min(text.find_first_not_of(kBlanks), text.size()));
  return text;
}

std::string tidy_row(std::string text) {
  text = valid(std::move(text));
  text.resize(text.find_last_not_of(kBlanks) + 1);
  return text;
}

std::string one_line(std::string_view text) {
  std::string line;
  bool blank = false;
  for (const char c : text) {
    if (kBlanks.find(c) != std::string_view::npos) {
      blank = true;
      continue;
    }
    if (blank && !line.empty()) line += ' ';
    blank = false;
    line += c;
  }
  return valid(std::move(line));
}

bool has_letter_or_digit(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z');
  });
}

void add_line(std::string& to, std::string_view text) {
  if (!to.empty() && !text.empty()) to += '\n';
  to += text;
}

Give into(std::string& text) {
  return [&text](const Block& block) {
    add_line(text, block.text);
    return Status();
  };
}

int to_int(std::string_view text, int otherwise) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end != text.data() ? value : otherwise;
}

std::optional<double> to_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size() && std::isfinite(value);
  return whole ? std::optional<double>(value) : std::nullopt;
}

bool is_on(std::string_view value) {
  return value.empty() || value == "1" || value == "true" || value == "on";
}

std::string rfc3339(std::string_view date) {
  date = date.substr(std::min(date.find_first_not_of(kBlanks), date.size()));
  if (date.size() < 10 || date[4] != '-' || date[7] != '-' || !digits(date.substr(0, 4)) ||
      !digits(date.substr(5, 2)) || !digits(date.substr(8, 2)))
    return "";
  std::string out(date.substr(0, 10));
  std::string_view time = date.substr(10);
  if (time.size() < 9 || time[0] != 'T' || time[3] != ':' || time[6] != ':' || !digits(time.substr(7, 2)))
    return out + "T00:00:00Z";
  out += time.substr(0, 9);
  time.remove_prefix(9);
  if (time.starts_with('.'))
    time.remove_prefix(std::min(time.find_first_not_of("0123456789", 1), time.size()));
  if (time.size() == 6 && (time[0] == '+' || time[0] == '-') && time[3] == ':')
    return out + std::string(time);
  return out + "Z";
}

}  // namespace rappel::extractor
