#include "extractor/plain/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "extractor/plain/encoding.h"
#include "extractor/plain/lines.h"

namespace rappel::extractor {
namespace {

constexpr std::size_t kDeepest = 1000, kDeepestRecord = 3, kMostIndent = 20;
constexpr std::size_t kRecordBytes = 64 << 10, kLongValue = 60, kLongLine = 500;
constexpr char32_t kReplacement = 0xFFFD;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

class JsonText {
 public:
  JsonText(std::string_view text, ContentSink& sink) : text_(text), sink_(sink) {}

  Status read() {
    while (next_token()) {
      RAPPEL_TRY(read_token());
      if (record_.size() > kRecordBytes) RAPPEL_TRY(give_record());
    }
    sound_ &= frames_.empty();
    end_line();
    return give_record();
  }
  bool sound() const { return sound_; }

 private:
  struct Frame {
    bool object = false;
    bool has_key = false;  // a key waits for its value
    std::string key;
  };

  bool next_token() {
    while (at_ < text_.size() && (is_space(text_[at_]) || text_[at_] == ',')) ++at_;
    return at_ < text_.size();
  }

  static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

  Status read_token() {
    switch (text_[at_]) {
      case '{': return open(true);
      case '[': return open(false);
      case '}':
      case ']': return close();
      case ':':
        sound_ = false;
        ++at_;
        return {};
      case '"': {
        const std::string value = read_string();
        return read_value(value, true);
      }
      default: return read_word();
    }
  }

  // A number, true, false, null, or what should not be there.
  Status read_word() {
    const std::size_t end = std::min(text_.find_first_of(" \t\r\n,:{}[]\"", at_), text_.size());
    const std::string word(text_.substr(at_, end - at_));
    at_ = end;
    const bool number = word.find_first_not_of("0123456789+-.eE") == std::string::npos;
    sound_ &= number || word == "null" || word == "true" || word == "false";
    return read_value(word, false);
  }

  Status read_value(const std::string& value, bool quoted) {
    Frame* frame = frames_.empty() ? nullptr : &frames_.back();
    if (frame != nullptr && frame->object && !frame->has_key) {
      frame->key = value;
      frame->has_key = true;
      while (at_ < text_.size() && is_space(text_[at_])) ++at_;
      if (at_ < text_.size() && text_[at_] == ':') {
        ++at_;
      } else {
        sound_ = false;
      }
      return {};
    }
    if (quoted || value != "null") add(value);
    if (frame != nullptr) frame->has_key = false;
    return frame == nullptr ? give_record() : Status();
  }

  void add(const std::string& value) {
    if (!frames_.empty() && frames_.back().object) {
      begin_line(frames_.back().key);
      line_ += ' ' + value;
      end_line();
      return;
    }
    const bool long_line = value.size() > kLongValue || line_.size() > kLongLine;
    if (line_.empty()) {
      line_ = indent();
    } else if (long_line) {
      end_line();
      line_ = indent();
    } else {
      line_ += line_.ends_with(':') && fresh_ ? " " : ", ";
    }
    fresh_ = false;
    line_ += value;
  }

  std::string indent() const {
    const std::size_t depth = frames_.size() > record_depth_ ? frames_.size() - record_depth_ : 0;
    return std::string(std::min(2 * depth, kMostIndent), ' ');
  }

  void begin_line(const std::string& key) {
    end_line();
    line_ = indent() + key + ':';
    fresh_ = true;
  }

  void end_line() {
    if (!is_blank(line_)) record_ += line_ + '\n';
    line_.clear();
  }

  Status open(bool object) {
    ++at_;
    if (frames_.size() == kDeepest) {
      at_ = text_.size();
      return sink_.warning(fmt::format("it is nested deeper than {} levels; the rest is left out", kDeepest));
    }
    const bool keyed = !frames_.empty() && frames_.back().object;
    if (keyed) begin_line(frames_.back().key);
    if (object || !keyed) end_line();
    if (object && !keyed && frames_.size() < kDeepestRecord) record_depth_ = frames_.size() + 1;
    frames_.push_back({.object = object});
    return {};
  }

  Status close() {
    const bool object = text_[at_++] == '}';
    if (frames_.empty() || frames_.back().object != object) sound_ = false;
    if (frames_.empty()) return {};
    end_line();
    const std::size_t depth = frames_.size();
    frames_.pop_back();
    const bool in_array = !frames_.empty() && !frames_.back().object;
    if (!frames_.empty()) frames_.back().has_key = false;
    const bool record = object && in_array && depth <= kDeepestRecord;
    return record || frames_.empty() ? give_record() : Status();
  }

  Status give_record() {
    if (frames_.empty()) end_line();
    const std::string record = std::exchange(record_, {});
    return give_text(record, BlockKind::kParagraph, sink_);
  }

  std::string read_string() {
    std::string value;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        ++at_;
        return value;
      }
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        read_escape(value);
      } else {
        value += text_[at_];
      }
    }
    sound_ = false;
    return value;
  }

  // At a backslash; leaves at_ at the last sign of the escape.
  void read_escape(std::string& value) {
    static constexpr std::string_view kFrom = "bfnrt", kTo = "  \n\n\t";
    const char sign = text_[++at_];
    if (sign == 'u') {
      utf8_append(value, read_code_point());
    } else if (const std::size_t i = kFrom.find(sign); i != std::string_view::npos) {
      value += kTo[i];
    } else {
      sound_ &= sign == '"' || sign == '\\' || sign == '/';
      value += sign;
    }
  }

  // Four digits after at_; -1 if they are not there.
  long unit_at(std::size_t at) const {
    long unit = 0;
    for (std::size_t i = at; i < at + 4; ++i) {
      const int digit = i < text_.size() ? hex_digit(text_[i]) : -1;
      if (digit < 0) return -1;
      unit = unit * 16 + digit;
    }
    return unit;
  }

  char32_t read_code_point() {
    const long unit = unit_at(at_ + 1);
    if (unit < 0) {
      sound_ = false;
      return kReplacement;
    }
    at_ += 4;
    if (unit == 0) return ' ';
    if (unit < 0xD800 || unit > 0xDFFF) return static_cast<char32_t>(unit);
    const bool pair = unit < 0xDC00 && text_.substr(at_ + 1, 2) == "\\u";
    const long low = pair ? unit_at(at_ + 3) : -1;
    if (low < 0xDC00 || low > 0xDFFF) return kReplacement;
    at_ += 6;
    return static_cast<char32_t>(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
  }

  const std::string_view text_;
  ContentSink& sink_;
  std::size_t at_ = 0, record_depth_ = 0;
  std::vector<Frame> frames_;
  std::string line_, record_;
  bool fresh_ = false;  // line_ has no value yet
  bool sound_ = true;
};

}  // namespace

Status give_json(std::string_view text, ContentSink& sink, bool& sound) {
  JsonText json(text, sink);
  RAPPEL_TRY(json.read());
  sound = json.sound();
  return {};
}

Status read_json(const Source& source, ContentSink& sink) {
  std::string text;
  RAPPEL_TRY(decode_text(source.bytes, source.charset, sink, text));
  bool sound = true;
  RAPPEL_TRY(give_json(text, sink, sound));
  return sound ? Status() : sink.warning("it is not well-formed JSON, so some of its text may be misplaced");
}

Status read_json_lines(const Source& source, ContentSink& sink) {
  std::string text;
  RAPPEL_TRY(decode_text(source.bytes, source.charset, sink, text));
  std::size_t unsound = 0;
  Lines lines(text);
  for (std::string_view line; lines.next(line);) {
    bool sound = true;
    RAPPEL_TRY(give_json(line, sink, sound));
    unsound += sound ? 0 : 1;
  }
  if (unsound == 0) return {};
  return sink.warning(
      fmt::format("{} of its lines {} not well-formed JSON", unsound, unsound == 1 ? "is" : "are"));
}

}  // namespace rappel::extractor
