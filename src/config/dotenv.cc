#include "config/dotenv.h"

#include <algorithm>
#include <utility>

namespace rappel {
namespace {

constexpr std::size_t kMostExpanded = std::size_t{1} << 20;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\f' || c == '\v'; }

// One pass over the text; each method consumes what it names.
class Reader {
 public:
  Reader(std::string_view text, const Environment& environment) : text_(text), environment_(environment) {}

  EnvFile run() {
    while (file_.refusal.empty() && skip_to_statement()) {
      const int line = line_;
      std::string key, value;
      bool assigned = false;
      if (statement(&key, &value, &assigned)) {
        if (assigned) assign(key, {interpolate(value), line, value_begin_, value_end_});
      } else {
        file_.problems.push_back("line " + std::to_string(line) + ": expected KEY=value");
        skip_line();
      }
    }
    return std::move(file_);
  }

 private:
  bool at_end() const { return pos_ >= text_.size(); }
  bool at_line_end() const { return at_end() || text_[pos_] == '\n' || text_[pos_] == '\r'; }
  char take() {
    if (text_[pos_] == '\n') ++line_;
    return text_[pos_++];
  }
  void skip_blanks() {
    while (!at_end() && is_blank(text_[pos_])) ++pos_;
  }
  void skip_line() {
    while (!at_end() && take() != '\n') {
    }
  }

  // Past white space and comment lines; false at the end of the text.
  bool skip_to_statement() {
    while (!at_end()) {
      if (text_[pos_] == '#')
        skip_line();
      else if (is_blank(text_[pos_]) || at_line_end())
        take();
      else
        return true;
    }
    return false;
  }

  bool statement(std::string* key, std::string* value, bool* assigned) {
    if (text_.substr(pos_).starts_with("export") && pos_ + 6 < text_.size() && is_blank(text_[pos_ + 6])) {
      pos_ += 6;
      skip_blanks();
    }
    if (!this->key(key)) return false;
    skip_blanks();
    *assigned = !at_end() && text_[pos_] == '=';
    if (*assigned) {
      ++pos_;
      skip_blanks();
      value_begin_ = value_end_ = pos_;
      if (!this->value(value)) return false;
      skip_blanks();
    }
    if (!at_end() && text_[pos_] == '#') {
      while (!at_line_end()) ++pos_;
    }
    return at_line_end();
  }

  bool key(std::string* out) {
    if (!at_end() && text_[pos_] == '\'') {
      const std::size_t close = text_.find('\'', pos_ + 1);
      if (close == std::string_view::npos || close == pos_ + 1) return false;
      *out = text_.substr(pos_ + 1, close - pos_ - 1);
      pos_ = close + 1;
      return true;
    }
    const std::size_t begin = pos_;
    while (!at_line_end() && !is_blank(text_[pos_]) && text_[pos_] != '=' && text_[pos_] != '#') ++pos_;
    *out = text_.substr(begin, pos_ - begin);
    return !out->empty();
  }

  bool value(std::string* out) {
    if (at_line_end()) return true;
    if (text_[pos_] == '\'' || text_[pos_] == '"') return quoted(out);
    const std::size_t begin = pos_;
    while (!at_line_end()) {
      if (text_[pos_] == '#' && is_blank(text_[pos_ - 1])) break;
      ++pos_;
    }
    std::size_t end = pos_;
    while (end > begin && is_blank(text_[end - 1])) --end;
    *out = text_.substr(begin, end - begin);
    value_end_ = end;
    return true;
  }

  bool quoted(std::string* out) {
    const std::size_t start = pos_;
    const int start_line = line_;
    const char quote = take();
    while (!at_end()) {
      const char c = take();
      if (c == quote) {
        value_end_ = pos_;
        return true;
      }
      if (c == '\\' && !at_end())
        unescape(quote, out);
      else
        *out += c;
    }
    pos_ = start;  // no closing quote: only this line is lost
    line_ = start_line;
    return false;
  }

  void unescape(char quote, std::string* out) {
    static constexpr std::string_view kLetters = "abfnrtv", kMeanings = "\a\b\f\n\r\t\v";
    const char c = take();
    const std::size_t letter = quote == '"' ? kLetters.find(c) : std::string_view::npos;
    if (letter != std::string_view::npos) {
      *out += kMeanings[letter];
    } else if (c == '\\' || c == '\'' || (c == '"' && quote == '"')) {
      *out += c;
    } else {
      *out += '\\';
      *out += c;
    }
  }

  void assign(const std::string& key, EnvEntry entry) {
    if (expanded_ <= kMostExpanded) {
      file_.entries[key] = std::move(entry);
      return;
    }
    file_.refusal = "line " + std::to_string(entry.line) +
                    ": the ${NAME} references up to here put in more than " + std::to_string(kMostExpanded) +
                    " bytes; write the value out";
    file_.problems.push_back(file_.refusal);
  }

  // Past the budget the rest is left out.
  std::string interpolate(std::string_view value) {
    std::string out;
    for (std::size_t i = 0; i < value.size();) {
      const std::size_t open = value.find("${", i);
      const std::size_t close = open == std::string_view::npos ? open : value.find('}', open);
      if (close == std::string_view::npos) {
        out += value.substr(i);
        break;
      }
      out += value.substr(i, open - i);
      const std::string found = lookup(value.substr(open + 2, close - open - 2));
      expanded_ += found.size();
      if (expanded_ > kMostExpanded) break;
      out += found;
      i = close + 1;
    }
    return out;
  }

  std::string lookup(std::string_view reference) const {
    const std::size_t otherwise = reference.find(":-");
    const std::string name(reference.substr(0, otherwise));
    if (const auto it = environment_.find(name); it != environment_.end()) return it->second;
    if (const auto it = file_.entries.find(name); it != file_.entries.end()) return it->second.value;
    return otherwise == std::string_view::npos ? "" : std::string(reference.substr(otherwise + 2));
  }

  std::string_view text_;
  const Environment& environment_;
  std::size_t pos_ = 0;
  std::size_t value_begin_ = 0, value_end_ = 0;
  int line_ = 1;
  std::size_t expanded_ = 0;  // bytes that references have put in
  EnvFile file_;
};

}  // namespace

EnvFile parse_env_file(std::string_view content, const Environment& environment) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (!content.starts_with(kMark)) return Reader(content, environment).run();
  EnvFile file = Reader(content.substr(kMark.size()), environment).run();
  for (auto& [key, entry] : file.entries) entry.begin += kMark.size(), entry.end += kMark.size();
  return file;
}

}  // namespace rappel
