#include "ingest/source/glob.h"

#include <cctype>
#include <optional>
#include <utility>
#include <vector>

namespace rappel {
namespace {

struct CharacterClass {
  std::string_view name;
  int (*contains)(int);
};
constexpr CharacterClass kClasses[] = {
    {"alnum", std::isalnum}, {"alpha", std::isalpha}, {"blank", std::isblank}, {"cntrl", std::iscntrl},
    {"digit", std::isdigit}, {"graph", std::isgraph}, {"lower", std::islower}, {"print", std::isprint},
    {"punct", std::ispunct}, {"space", std::isspace}, {"upper", std::isupper}, {"xdigit", std::isxdigit},
};

// Reads one set, "[..]", and says whether it contains a character.
class Set {
 public:
  Set(std::string_view pattern, std::size_t at, unsigned char wanted)
      : pattern_(pattern), at_(at + 1), wanted_(wanted) {}

  // Whether it contains the character, and the place after its ']'. Nothing: it is malformed.
  std::optional<std::pair<bool, std::size_t>> read() {
    const bool negated = peek() == '!' || peek() == '^';
    if (negated) ++at_;
    do {
      if (!item()) return std::nullopt;
    } while (peek() != ']');
    if (at_ >= pattern_.size()) return std::nullopt;
    return std::pair(found_ != negated, at_ + 1);
  }

 private:
  int peek(std::size_t ahead = 0) const {
    return at_ + ahead < pattern_.size() ? static_cast<unsigned char>(pattern_[at_ + ahead]) : -1;
  }

  // One character, perhaps escaped; -1 at the end.
  int character() {
    if (peek() == '\\') ++at_;
    const int c = peek();
    if (c >= 0) ++at_;
    return c;
  }

  bool item() {
    if (peek() == '[' && peek(1) == ':') {
      const std::size_t close = pattern_.find(']', at_ + 2);
      if (close == std::string_view::npos) return false;
      if (close >= at_ + 3 && pattern_[close - 1] == ':') return named_class(close);
    }
    if (peek() == '-' && last_ >= 0 && peek(1) >= 0 && peek(1) != ']') return range();
    last_ = character();
    found_ = found_ || last_ == wanted_;
    return last_ >= 0;
  }

  bool range() {
    ++at_;
    const int high = character();
    if (high < 0) return false;
    found_ = found_ || (wanted_ >= last_ && wanted_ <= high);
    last_ = -1;
    return true;
  }

  bool named_class(std::size_t close) {
    const std::string_view name = pattern_.substr(at_ + 2, close - 1 - (at_ + 2));
    for (const CharacterClass& known : kClasses) {
      if (known.name != name) continue;
      found_ = found_ || (wanted_ < 0x80 && known.contains(wanted_) != 0);
      at_ = close + 1;
      last_ = -1;
      return true;
    }
    return false;
  }

  const std::string_view pattern_;
  std::size_t at_;
  const int wanted_;
  bool found_ = false;
  int last_ = -1;  // the character that may begin a range
};

// Backtracking that never tries the same pair of places twice.
class Match {
 public:
  Match(std::string_view pattern, std::string_view text)
      : pattern_(pattern), text_(text), failed_((pattern.size() + 1) * (text.size() + 1)) {}

  bool from(std::size_t p, std::size_t t) {
    const std::size_t first = place(p, t);
    if (failed_[first]) return false;
    const bool matched = step(p, t);
    if (!matched) failed_[first] = true;
    return matched;
  }

 private:
  std::size_t place(std::size_t p, std::size_t t) const { return p * (text_.size() + 1) + t; }

  bool step(std::size_t p, std::size_t t) {
    for (; p < pattern_.size(); ++t) {
      const char c = pattern_[p];
      if (c == '*') return stars(p, t);
      if (t == text_.size()) return false;
      if (c == '[') {
        const auto set = Set(pattern_, p, static_cast<unsigned char>(text_[t])).read();
        if (!set || !set->first || text_[t] == '/') return false;
        p = set->second;
        continue;
      }
      if (c == '?') {
        if (text_[t] == '/') return false;
      } else {
        if (c == '\\') ++p;
        if (p == pattern_.size() || pattern_[p] != text_[t]) return false;
      }
      ++p;
    }
    return t == text_.size();
  }

  // At one or more '*'.
  bool stars(std::size_t p, std::size_t t) {
    const std::size_t begin = p;
    while (p < pattern_.size() && pattern_[p] == '*') ++p;
    const bool after_slash = begin == 0 || pattern_[begin - 1] == '/';
    const bool before_slash = p == pattern_.size() || pattern_[p] == '/' || pattern_.substr(p, 2) == "\\/";
    const bool crosses = p - begin > 1 && after_slash && before_slash;
    if (crosses && p < pattern_.size() && pattern_[p] == '/' && from(p + 1, t)) return true;
    for (;;) {
      if (from(p, t)) return true;
      if (t == text_.size() || (text_[t] == '/' && !crosses)) return false;
      // A star that was tried at this place before has tried all places after it.
      const std::size_t here = place(begin, ++t);
      if (failed_[here]) return false;
      failed_[here] = true;
    }
  }

  const std::string_view pattern_, text_;
  std::vector<bool> failed_;
};

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view path) {
  // A rule of an ignore file has a bounded length, and so has a path of the system: 4096 each.
  constexpr std::size_t kMost = std::size_t{1} << 25;
  if ((pattern.size() + 1) * (path.size() + 1) > kMost) return false;
  return Match(pattern, path).from(0, 0);
}

std::size_t glob_literal_prefix(std::string_view pattern) {
  const std::size_t at = pattern.find_first_of("*?[\\");
  return at == std::string_view::npos ? pattern.size() : at;
}

}  // namespace rappel
