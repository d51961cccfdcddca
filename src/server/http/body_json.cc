#include "server/http/body_json.h"

#include <fmt/format.h>

#include <optional>

#include "base/utf8.h"

namespace rappel {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Values that are counted at once; a small body takes no memory of the budget.
constexpr std::size_t kValuesAtOnce = 1024;

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Recursive descent; recursion is bounded by JsonBounds::depth. Each function returns false with `fault` set.
// The places where errors are noticed, and the positions they carry, follow CPython's scanner.
class Scanner {
 public:
  Scanner(std::string_view text, JsonBounds bounds) : text_(text), bounds_(bounds) {}

  std::variant<JsonValue, JsonFault> run() {
    JsonValue value;
    skip_space();
    if (!scan_value(value, 0)) return std::move(*fault_);
    skip_space();
    if (at_ != text_.size()) {
      fail("Extra data", at_);
      return std::move(*fault_);
    }
    return value;
  }

 private:
  bool more() const { return at_ < text_.size(); }
  bool next_is(char c) const { return more() && text_[at_] == c; }

  void skip_space() {
    while (more() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }

  bool fail(const char* message, std::size_t byte) {
    const std::string_view before = text_.substr(0, byte);
    const std::size_t newline = before.rfind('\n');
    JsonFault fault;
    fault.message = message;
    fault.position = utf8_count(before);
    for (const char c : before) fault.line += c == '\n';
    fault.column =
        newline == std::string_view::npos ? fault.position + 1 : utf8_count(before.substr(newline + 1)) + 1;
    fault_ = std::move(fault);
    return false;
  }

  bool too_complex(std::string message) {
    fault_ = JsonFault{JsonFault::Kind::kTooComplex, std::move(message)};
    return false;
  }

  bool take_memory() {
    if (bounds_.memory == nullptr ||
        bounds_.memory->take(kValuesAtOnce * kJsonValueBytes) == ByteHold::Room::kTaken)
      return true;
    fault_ = JsonFault{JsonFault::Kind::kNoMemory, "no memory for the values"};
    return false;
  }

  bool take_word(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  bool scan_value(JsonValue& out, int depth) {
    if (++values_ > bounds_.values)
      return too_complex(fmt::format("JSON holds more than {} values", bounds_.values));
    if (values_ % kValuesAtOnce == 0 && !take_memory()) return false;
    if (depth > bounds_.depth)
      return too_complex(fmt::format("JSON is nested deeper than {} levels", bounds_.depth));
    if (!more()) return fail("Expecting value", at_);
    switch (text_[at_]) {
      case '"': return ++at_, scan_string(out.value.emplace<std::string>());
      case '{': return ++at_, scan_object(out.value.emplace<JsonObject>(), depth);
      case '[': return ++at_, scan_array(out.value.emplace<JsonArray>(), depth);
      default: break;
    }
    if (take_word("null")) return true;
    if (take_word("true")) return out.value = true, true;
    if (take_word("false")) return out.value = false, true;
    return scan_number(out);
  }

  bool scan_object(JsonObject& out, int depth) {
    skip_space();
    if (next_is('}')) return ++at_, true;
    while (true) {
      if (!next_is('"')) return fail("Expecting property name enclosed in double quotes", at_);
      ++at_;
      auto& [name, value] = out.emplace_back(std::string(), JsonValue());
      if (!scan_string(name)) return false;
      skip_space();
      if (!next_is(':')) return fail("Expecting ':' delimiter", at_);
      ++at_;
      skip_space();
      if (!scan_value(value, depth + 1)) return false;
      skip_space();
      if (next_is('}')) return ++at_, true;
      if (!next_is(',')) return fail("Expecting ',' delimiter", at_);
      ++at_;
      skip_space();
    }
  }

  bool scan_array(JsonArray& out, int depth) {
    skip_space();
    if (next_is(']')) return ++at_, true;
    while (true) {
      if (!scan_value(out.emplace_back(), depth + 1)) return false;
      skip_space();
      if (next_is(']')) return ++at_, true;
      if (!next_is(',')) return fail("Expecting ',' delimiter", at_);
      ++at_;
      skip_space();
    }
  }

  bool scan_number(JsonValue& out) {
    const std::size_t start = at_;
    std::size_t i = at_;
    const auto digit_at = [&](std::size_t k) { return k < text_.size() && is_digit(text_[k]); };
    if (text_[i] == '-') ++i;
    if (!digit_at(i)) return fail("Expecting value", start);
    if (text_[i] == '0')
      ++i;
    else
      while (digit_at(i)) ++i;
    bool is_float = false;
    if (i < text_.size() && text_[i] == '.' && digit_at(i + 1)) {
      is_float = true;
      for (++i; digit_at(i);) ++i;
    }
    if (i < text_.size() && (text_[i] == 'e' || text_[i] == 'E')) {
      std::size_t e = i + 1;
      if (e < text_.size() && (text_[e] == '+' || text_[e] == '-')) ++e;
      if (digit_at(e)) {
        is_float = true;
        for (i = e; digit_at(i);) ++i;
      }
    }
    std::string digits(text_.substr(start, i - start));
    at_ = i;
    if (is_float)
      out.value = JsonFloat{std::move(digits)};
    else
      out.value = JsonInteger{std::move(digits)};
    return true;
  }

  // at_ is after the opening quote, and after the closing one at the end.
  bool scan_string(std::string& out) {
    const std::size_t quote = at_ - 1;
    while (true) {
      std::size_t end = at_;
      while (end < text_.size() && text_[end] != '"' && text_[end] != '\\') {
        if (static_cast<unsigned char>(text_[end]) <= 0x1F) return fail("Invalid control character at", end);
        ++end;
      }
      if (end == text_.size()) return fail("Unterminated string starting at", quote);
      out.append(text_, at_, end - at_);
      at_ = end + 1;
      if (text_[end] == '"') return true;
      if (!more()) return fail("Unterminated string starting at", quote);
      if (!scan_escape(out)) return false;
    }
  }

  // at_ is after the backslash.
  bool scan_escape(std::string& out) {
    const std::size_t backslash = at_ - 1;
    switch (text_[at_++]) {
      case '"': out.push_back('"'); return true;
      case '\\': out.push_back('\\'); return true;
      case '/': out.push_back('/'); return true;
      case 'b': out.push_back('\b'); return true;
      case 'f': out.push_back('\f'); return true;
      case 'n': out.push_back('\n'); return true;
      case 'r': out.push_back('\r'); return true;
      case 't': out.push_back('\t'); return true;
      case 'u': break;
      default: return fail("Invalid \\escape", backslash);
    }
    char32_t unit = 0;
    if (!scan_hex4(unit)) return false;
    if (unit >= 0xD800 && unit <= 0xDBFF && text_.substr(at_, 2) == "\\u") {
      at_ += 2;
      char32_t low = 0;
      if (!scan_hex4(low)) return false;
      if (low < 0xDC00 || low > 0xDFFF) return fail("Lone surrogate in \\uXXXX escape", backslash);
      unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    } else if (unit >= 0xD800 && unit <= 0xDFFF) {
      return fail("Lone surrogate in \\uXXXX escape", backslash);
    }
    utf8_append(out, unit);
    return true;
  }

  // at_ is after "\u".
  bool scan_hex4(char32_t& unit) {
    if (text_.size() - at_ <= 4) return fail("Invalid \\uXXXX escape", at_ - 1);
    for (std::size_t i = 0; i < 4; ++i) {
      const int digit = hex_digit(text_[at_ + i]);
      if (digit < 0) return fail("Invalid \\uXXXX escape", at_ - 1);
      unit = unit << 4 | static_cast<char32_t>(digit);
    }
    at_ += 4;
    return true;
  }

  std::string_view text_;
  JsonBounds bounds_;
  std::size_t at_ = 0;
  std::size_t values_ = 0;
  std::optional<JsonFault> fault_;
};

}  // namespace

const JsonValue* find_member(const JsonObject& object, std::string_view name) {
  for (auto it = object.rbegin(); it != object.rend(); ++it)
    if (it->first == name) return &it->second;
  return nullptr;
}

std::string JsonFault::full_message() const {
  return fmt::format("{}: line {} column {} (char {})", message, line, column, position);
}

std::variant<JsonValue, JsonFault> read_body_json(std::string_view text, JsonBounds bounds) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  if (!utf8_valid(text)) return JsonFault{JsonFault::Kind::kNotText, "not UTF-8"};
  return Scanner(text, bounds).run();
}

}  // namespace rappel
