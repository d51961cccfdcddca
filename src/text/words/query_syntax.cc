#include "text/words/query_syntax.h"

#include <algorithm>
#include <optional>

#include "base/ascii.h"

namespace rappel {
namespace {

constexpr std::string_view kIdeographicSpace = "\xE3\x80\x80", kNoBreakSpace = "\xC2\xA0";

struct Quotes {
  std::string_view open, close;
};
constexpr Quotes kQuotes[] = {{"\"", "\""},
                              {"\xE2\x80\x9C", "\xE2\x80\x9D"},   // “ ”
                              {"\xE2\x80\x9E", "\xE2\x80\x9C"},   // „ “
                              {"\xC2\xAB", "\xC2\xBB"},           // « »
                              {"\xE3\x80\x8C", "\xE3\x80\x8D"}};  // 「 」

// Bytes of the space at the start of `text`; 0: there is none.
std::size_t space_at(std::string_view text) {
  if (text.empty()) return 0;
  if (text[0] == ' ' || (text[0] >= '\t' && text[0] <= '\r')) return 1;
  for (const std::string_view space : {kIdeographicSpace, kNoBreakSpace})
    if (text.starts_with(space)) return space.size();
  return 0;
}

bool is_name_character(char c) {
  return (lower_case(c) >= 'a' && lower_case(c) <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == '-';
}

bool starts_with_quote(std::string_view text) {
  return std::any_of(std::begin(kQuotes), std::end(kQuotes), [&](const Quotes& quotes) {
    return text.starts_with(quotes.open) || text.starts_with(quotes.close);
  });
}

// Characters that are not ASCII are letters, but for spaces and quotes.
bool starts_with_word(std::string_view text) {
  if (text.empty() || space_at(text) > 0 || starts_with_quote(text)) return false;
  const char c = text[0];
  return static_cast<unsigned char>(c) >= 0x80 || (is_name_character(c) && c != '.' && c != '-');
}

std::string_view trimmed(std::string_view text) {
  while (const std::size_t space = space_at(text)) text.remove_prefix(space);
  std::size_t end = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t space = space_at(text.substr(at));
    at += std::max<std::size_t>(space, 1);
    if (space == 0) end = at;
  }
  return text.substr(0, end);
}

class Parser {
 public:
  Parser(std::string_view query, std::span<const std::string_view> names) : query_(query), names_(names) {
    for (const Quotes& quotes : kQuotes) last_close_.push_back(query.rfind(quotes.close));
  }

  QuerySyntax parse() && {
    for (std::size_t at = 0; at < query_.size();) {
      if (const std::size_t space = space_at(query_.substr(at))) {
        at += space;
        continue;
      }
      at = token(at);
    }
    copy_text(query_.size());
    // Removed conditions leave their spaces.
    if (found_) out_.text = std::string(trimmed(out_.text));
    return std::move(out_);
  }

 private:
  struct Value {
    std::string_view text;
    std::size_t begin = 0, end = 0;  // with its quotes
  };

  // Takes the token at `at`; returns its end.
  std::size_t token(std::size_t at) {
    if (query_[at] == '-' && at + 1 < query_.size()) {
      if (const auto end = field(at + 1, /*excluded=*/true)) return remove(at, *end);
      if (const auto phrase = quoted(at + 1)) {
        out_.excluded_phrases.emplace_back(phrase->text);
        return remove(at, phrase->end);
      }
      if (starts_with_word(query_.substr(at + 1))) {
        const std::size_t end = end_of_token(at);
        out_.excluded_words.emplace_back(query_.substr(at + 1, end - at - 1));
        return remove(at, end);
      }
      return end_of_token(at);
    }
    if (const auto end = field(at, /*excluded=*/false)) return remove(at, *end);
    while (at < query_.size() && std::string_view("([{").find(query_[at]) != std::string_view::npos) ++at;
    const auto phrase = quoted(at);
    if (!phrase) return end_of_token(at);
    out_.phrases.emplace_back(phrase->text);
    remove(phrase->begin, phrase->begin);  // both quotes become spaces
    copied_ = static_cast<std::size_t>(phrase->text.data() - query_.data());
    return remove(copied_ + phrase->text.size(), phrase->end);
  }

  // The field and its value at `at`, which are added; returns their end.
  std::optional<std::size_t> field(std::size_t at, bool excluded) {
    std::size_t colon = at;
    while (colon < query_.size() && is_name_character(query_[colon])) ++colon;
    if (colon == at || colon >= query_.size() || query_[colon] != ':') return {};
    if (!starts_with_word(query_.substr(at))) return {};
    const std::string_view written = query_.substr(at, colon - at);
    const auto name = std::find_if(names_.begin(), names_.end(), [&](std::string_view known) {
      return lower_case(known) == lower_case(written);
    });
    std::optional<Value> value = quoted(colon + 1);
    if (!value && name != names_.end() && !starts_with_quote(query_.substr(colon + 1))) {
      const std::size_t end = end_of_token(colon + 1);
      value = Value{query_.substr(colon + 1, end - colon - 1), colon + 1, end};
    }
    if (!value || value->text.empty()) return {};
    out_.fields.push_back(
        {std::string(name != names_.end() ? *name : written), std::string(value->text), excluded});
    return value->end;
  }

  // The text between quotes that open at `at`, if they close and something other than spaces is there.
  std::optional<Value> quoted(std::size_t at) const {
    for (std::size_t i = 0; i < std::size(kQuotes); ++i) {
      const auto& [open, close] = kQuotes[i];
      const std::size_t begin = at + open.size();
      if (!query_.substr(std::min(at, query_.size())).starts_with(open)) continue;
      if (last_close_[i] == std::string_view::npos || last_close_[i] < begin) return {};
      const std::size_t end = query_.find(close, begin);
      const std::string_view text = trimmed(query_.substr(begin, end - begin));
      if (text.empty()) return {};
      return Value{text, at, end + close.size()};
    }
    return {};
  }

  std::size_t end_of_token(std::size_t at) const {
    while (at < query_.size() && space_at(query_.substr(at)) == 0) ++at;
    return at;
  }

  void copy_text(std::size_t end) {
    out_.text += query_.substr(copied_, end - copied_);
    copied_ = end;
  }

  // Leaves [begin, end) out of the text; returns `end`.
  std::size_t remove(std::size_t begin, std::size_t end) {
    copy_text(begin);
    out_.text += ' ';
    copied_ = end;
    found_ = true;
    return end;
  }

  const std::string_view query_;
  const std::span<const std::string_view> names_;
  std::vector<std::size_t> last_close_;  // of each kind of quotes; a lone quote does not look far
  std::size_t copied_ = 0;               // the text up to here is in out_.text, or left out
  bool found_ = false;                   // any syntax
  QuerySyntax out_;
};

}  // namespace

QuerySyntax parse_query_syntax(std::string_view query, std::span<const std::string_view> names) {
  return Parser(query, names).parse();
}

}  // namespace rappel
