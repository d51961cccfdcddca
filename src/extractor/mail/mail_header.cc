#include "extractor/mail/mail_header.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "base/utf8.h"
#include "extractor/plain/convert.h"
#include "extractor/plain/encoding.h"
#include "extractor/plain/lines.h"

namespace rappel::extractor {
namespace {

constexpr std::size_t kLongest = 64 << 10, kMostSections = 500;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char small = static_cast<char>(c | 0x20);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

// Bytes written as `mark` and two hexadecimal digits.
std::string unescaped(std::string_view text, char mark, bool underscores) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == mark && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += underscores && text[i] == '_' ? ' ' : text[i];
    }
  }
  return out;
}

std::string from_base64(std::string_view text) {
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = c >= 'A' && c <= 'Z'   ? c - 'A'
                      : c >= 'a' && c <= 'z' ? c - 'a' + 26
                      : c >= '0' && c <= '9' ? c - '0' + 52
                      : c == '+' || c == '-' ? 62
                      : c == '/' || c == '_' ? 63
                                             : -1;
    if (value < 0) continue;
    bits = (bits << 6 | static_cast<unsigned>(value)) & 0xFFFFFF;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xFF);
  }
  return out;
}

std::string as_utf8(const std::string& bytes, std::string_view charset) {
  charset = charset.substr(0, charset.find('*'));  // a language may follow
  return decode_text(bytes, charset).text;
}

struct EncodedWord {
  std::string charset, bytes;
  std::size_t size = 0;  // in the header
};

// "=?charset?B?text?=" at the start of the text.
std::optional<EncodedWord> encoded_word(std::string_view text) {
  if (!text.starts_with("=?")) return std::nullopt;
  const std::size_t charset = text.find('?', 2);
  if (charset == std::string_view::npos || charset > 60 || charset + 3 > text.size() ||
      text[charset + 2] != '?')
    return std::nullopt;
  const std::size_t begin = charset + 3, end = text.find("?=", begin);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view content = text.substr(begin, end - begin);
  const char kind = static_cast<char>(text[charset + 1] | 0x20);
  if (kind != 'b' && kind != 'q') return std::nullopt;
  return EncodedWord{lower_case(text.substr(2, charset - 2)),
                     kind == 'b' ? from_base64(content) : unescaped(content, '=', true), end + 2};
}

// Words of one charset that follow each other may part a character.
class Decoder {
 public:
  std::string run(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
      const auto word = encoded_word(text.substr(at, 4096));
      if (!word) {
        plain_ += text[at++];
        continue;
      }
      if (!is_blank(plain_) || charset_.empty()) give_plain();
      plain_.clear();
      if (word->charset != charset_) give_word();
      charset_ = word->charset;
      bytes_ += word->bytes;
      at += word->size;
    }
    give_plain();
    return std::move(out_);
  }

 private:
  void give_word() {
    if (!bytes_.empty()) out_ += as_utf8(std::exchange(bytes_, {}), charset_);
    charset_.clear();
  }
  void give_plain() {
    give_word();
    out_ += std::exchange(plain_, {});
  }

  std::string out_, plain_, bytes_, charset_;
};

std::string on_one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool blank = static_cast<unsigned char>(c) < 0x20 || c == ' ';
    if (!blank) out += c;
    if (blank && !out.empty() && out.back() != ' ') out += ' ';
  }
  return std::string(trim(out));
}

// Parameters as written: names in lower case, values without quotes.
class Parameters {
 public:
  explicit Parameters(std::string_view raw) : raw_(raw) { at_ = std::min(raw_.find(';'), raw_.size()); }

  bool next(std::string& name, std::string& value) {
    while (at_ < raw_.size() && (raw_[at_] == ';' || is_blank(raw_.substr(at_, 1)))) ++at_;
    if (at_ >= raw_.size()) return false;
    const std::size_t end = std::min(raw_.find_first_of("=;", at_), raw_.size());
    name = lower_case(trim(raw_.substr(at_, end - at_)));
    at_ = end;
    value.clear();
    if (at_ < raw_.size() && raw_[at_] == '=') read_value(value);
    return true;
  }

 private:
  void read_value(std::string& value) {
    ++at_;
    while (at_ < raw_.size() && is_blank(raw_.substr(at_, 1))) ++at_;
    if (at_ < raw_.size() && raw_[at_] == '"') {
      for (++at_; at_ < raw_.size() && raw_[at_] != '"'; ++at_) {
        if (raw_[at_] == '\\' && at_ + 1 < raw_.size()) ++at_;
        value += raw_[at_];
      }
      at_ = std::min(raw_.find(';', at_), raw_.size());
      return;
    }
    const std::size_t end = std::min(raw_.find(';', at_), raw_.size());
    value = trim(raw_.substr(at_, end - at_));
    at_ = end;
  }

  const std::string_view raw_;
  std::size_t at_ = 0;
};

// "utf-8'en'a%20b": the charset, a language, the text.
std::string extended(const std::string& value) {
  const std::size_t first = value.find('\''),
                    second = first == std::string::npos ? first : value.find('\'', first + 1);
  if (second == std::string::npos) return decode_text(unescaped(value, '%', false)).text;
  return as_utf8(unescaped(std::string_view(value).substr(second + 1), '%', false), value.substr(0, first));
}

}  // namespace

std::string decode_header(std::string_view raw) {
  raw = raw.substr(0, kLongest);
  const std::string line = on_one_line(raw);
  const std::string text = utf8_valid(line) ? line : decode_text(line).text;
  return on_one_line(Decoder().run(text));
}

std::string header_parameter(std::string_view raw, std::string_view wanted) {
  Parameters parameters(raw.substr(0, kLongest));
  std::string plain;
  std::map<std::size_t, std::string> sections;  // of a value in pieces: "name*0*", "name*1", ..
  bool escaped = false;
  for (std::string name, value; parameters.next(name, value);) {
    if (name == wanted) plain = value;
    if (!name.starts_with(wanted) || name.size() <= wanted.size() || name[wanted.size()] != '*') continue;
    std::string_view section = std::string_view(name).substr(wanted.size() + 1);
    const bool star = section.ends_with('*') || section.empty();
    if (section.ends_with('*')) section.remove_suffix(1);
    std::size_t number = 0;
    for (const char c : section.substr(0, 4))
      number = number * 10 + static_cast<std::size_t>(c >= '0' && c <= '9' ? c - '0' : 0);
    if (sections.size() < kMostSections) sections[number] = value;
    escaped |= star;
  }
  std::string joined;
  for (const auto& [number, section] : sections) joined += section;
  if (joined.empty()) return decode_header(plain);
  return on_one_line(escaped ? extended(joined) : decode_header(joined));
}

std::string header_value(std::string_view raw) {
  raw = raw.substr(0, kLongest);
  return lower_case(trim(raw.substr(0, raw.find(';'))));
}

}  // namespace rappel::extractor
