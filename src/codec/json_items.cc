#include "codec/json_items.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace rappel {

JsonItemReader::JsonItemReader(int descriptor, std::size_t max_item, Report report)
    : descriptor_(descriptor), max_item_(max_item), report_(std::move(report)) {}

// -1 at the end of the input, and after an error.
int JsonItemReader::peek() {
  if (at_ == buffer_.size()) {
    buffer_.resize(std::size_t{1} << 16);
    ssize_t n = 0;
    do n = ::read(descriptor_, buffer_.data(), buffer_.size());
    while (n < 0 && errno == EINTR);
    if (n < 0) error_ = errno;
    buffer_.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    at_ = 0;
  }
  return buffer_.empty() ? -1 : static_cast<unsigned char>(buffer_[at_]);
}

int JsonItemReader::take() {
  const int c = peek();
  if (c >= 0) ++at_, ++bytes_;
  return c;
}

void JsonItemReader::skip_blanks() {
  for (int c = peek(); c == ' ' || c == '\t' || c == '\n' || c == '\r'; c = peek()) take();
}

bool JsonItemReader::end_with(const std::string& problem) {
  ended_ = true;
  report_(number_ + 1, error_ != 0 ? std::string("cannot be read: ") + std::strerror(error_) : problem);
  return false;
}

bool JsonItemReader::begin() {
  for (const int mark : {0xEF, 0xBB, 0xBF})
    if (peek() == mark) take();
  skip_blanks();
  return take() == '[' || end_with("the file is no JSON list");
}

// Before an item; false at the end.
bool JsonItemReader::separator() {
  skip_blanks();
  if (peek() == ']') {
    ended_ = true;
    return false;
  }
  if (number_ > 0 && take() != ',') return end_with("expected , or ] after an item");
  skip_blanks();
  return true;
}

// Up to the comma or bracket after the item. Text beyond max_item_ is left out.
bool JsonItemReader::read_item(std::string& text) {
  std::size_t depth = 0;
  bool quoted = false, escaped = false;
  for (int c = peek(); c >= 0; c = peek()) {
    if (!quoted && depth == 0 && (c == ',' || c == ']')) return true;
    take();
    if (text.size() <= max_item_) text += static_cast<char>(c);
    if (quoted) {
      if (c == '"' && !escaped) quoted = false;
      escaped = c == '\\' && !escaped;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return end_with("the list is cut off");
}

bool JsonItemReader::next(Record* record) {
  if (!ended_ && number_ == 0 && bytes_ == 0 && !begin()) return false;
  while (!ended_) {
    const std::size_t before = bytes_;
    if (!separator()) return false;
    std::string text;
    if (!read_item(text)) return false;
    ++number_;
    if (text.size() > max_item_) {
      report_(number_, "is longer than " + std::to_string(max_item_) + " bytes");
      continue;
    }
    auto parsed = parse_json(text);
    if (!parsed.ok() || !parsed->is_object()) {
      report_(number_, parsed.ok() ? "is no JSON object" : parsed.status().message());
      continue;
    }
    *record = {number_, bytes_ - before, std::move(*parsed)};
    return true;
  }
  return false;
}

}  // namespace rappel
