#include "text/pre_tokenizer.h"

#include <array>

#include "text/bert_normalizer.h"
#include "text/json_fields.h"
#include "text/unicode.h"

namespace rappel {
namespace {

enum class CharClass : std::uint8_t { kWord, kSpace, kPunctuation };

CharClass class_of(char32_t c) {
  if (is_white_space(c)) return CharClass::kSpace;
  return is_bert_punctuation(c) ? CharClass::kPunctuation : CharClass::kWord;
}

// The class of the character at `at`, whose length goes to `length`.
CharClass class_at(std::string_view text, std::size_t at, std::size_t& length) {
  static const std::vector<CharClass> basic_plane = [] {
    std::vector<CharClass> table(0x10000);
    for (char32_t c = 0; c < 0x10000; ++c) table[c] = class_of(c);
    return table;
  }();
  const char32_t c = utf8_decode(text, at, length);
  return c < 0x10000 ? basic_plane[c] : class_of(c);
}

// Words between white space; with `punctuation`, each such character is a word too.
void split(std::string_view text, bool punctuation, std::vector<WordRange>& words, StopPoll& stop) {
  std::size_t begin = 0;
  for (std::size_t at = 0, length; at < text.size(); at += length) {
    if (stop.stopped()) return;
    const CharClass c = class_at(text, at, length);
    if (c == CharClass::kWord || (c == CharClass::kPunctuation && !punctuation)) continue;
    if (begin < at) words.push_back({begin, at});
    if (c == CharClass::kPunctuation) words.push_back({at, at + length});
    begin = at + length;
  }
  if (begin < text.size()) words.push_back({begin, text.size()});
}

}  // namespace

Result<PreTokenizer> PreTokenizer::from_json(const Json& config) {
  PreTokenizer out;
  RAPPEL_TRY(out.add(config, 0));
  return out;
}

Status PreTokenizer::add(const Json& config, int depth) {
  if (config.is_null()) return {};
  RAPPEL_ASSIGN(const std::string type, component_type(config, "pre_tokenizer"));
  return add_type(type, config, depth);
}

Status PreTokenizer::add_type(std::string_view type, const Json& config, int depth) {
  const bool first = kind_ == Kind::kWhole && mark_.empty();
  if (type == "Sequence") {
    const Json& parts = json_member(config, "pretokenizers");
    if (!parts.is_array() || depth > 8)
      return wrong_field("pre_tokenizer Sequence", "pretokenizers", "a list");
    for (const Json& part : parts) RAPPEL_TRY(add(part, depth + 1));
    return {};
  }
  if (type == "BertPreTokenizer" && first) {
    kind_ = Kind::kBert;
    return {};
  }
  if (type == "WhitespaceSplit" && first) {
    kind_ = Kind::kWhitespace;
    return {};
  }
  if (type == "Metaspace" && mark_.empty() && kind_ != Kind::kBert) return add_metaspace(config);
  return {Code::kUnsupported,
          "pre_tokenizer \"" + std::string(type) + "\" is not supported" +
              (first ? "" : " after the previous one") +
              " (known: BertPreTokenizer, Metaspace, WhitespaceSplit, and a Sequence of the last two)"};
}

Status PreTokenizer::add_metaspace(const Json& config) {
  const std::string where = "pre_tokenizer Metaspace";
  RAPPEL_ASSIGN(mark_, string_field(config, where, "replacement"));
  if (mark_.empty() || mark_.size() != utf8_length(mark_[0]))
    return wrong_field(where, "replacement", "one character");
  if (!json_member(config, "prepend_scheme").is_null()) {
    RAPPEL_ASSIGN(const std::string scheme, string_field(config, where, "prepend_scheme"));
    if (scheme == "first")
      prepend_ = Prepend::kFirst;
    else if (scheme == "never")
      prepend_ = Prepend::kNever;
    else if (scheme != "always")
      return wrong_field(where, "prepend_scheme", "\"always\", \"first\" or \"never\"");
  }
  RAPPEL_ASSIGN(const bool add_prefix, bool_field(config, where, "add_prefix_space", true));
  if (!add_prefix) prepend_ = Prepend::kNever;  // the older spelling
  if (prepend_ == Prepend::kFirst && kind_ == Kind::kWhitespace)
    return {Code::kUnsupported, where + ": prepend_scheme \"first\" after WhitespaceSplit is not supported"};
  RAPPEL_ASSIGN(split_, bool_field(config, where, "split", true));
  return {};
}

void PreTokenizer::cut(NormalText& text, NormalText& scratch, bool at_start, std::vector<WordRange>& words,
                       StopPoll& stop) const {
  if (text.text.empty()) return;
  if (!mark_.empty())
    mark(text, scratch, at_start, words, stop);
  else if (kind_ == Kind::kWhole)
    words.push_back({0, text.text.size()});
  else
    split(text.text, kind_ == Kind::kBert, words, stop);
}

// Spaces become the mark, and each word starts at one.
void PreTokenizer::mark(NormalText& text, NormalText& scratch, bool at_start, std::vector<WordRange>& words,
                        StopPoll& stop) const {
  std::vector<WordRange> parts;
  if (kind_ == Kind::kWhitespace)
    split(text.text, false, parts, stop);
  else
    parts.push_back({0, text.text.size()});
  scratch.clear(text.tracked);
  scratch.text.reserve(text.text.size() + text.text.size() / 2 + mark_.size());
  std::string& out = scratch.text;
  for (const WordRange& part : parts) {
    const auto is_mark = [&](std::size_t at) {
      return text.text[at] == mark_[0] && part.end - at >= mark_.size() &&
             text.text.compare(at, mark_.size(), mark_) == 0;
    };
    std::size_t begin = out.size();  // of the word that is being written
    const bool wanted = prepend_ == Prepend::kAlways || (prepend_ == Prepend::kFirst && at_start);
    if (wanted && text.text[part.begin] != ' ' && !is_mark(part.begin))
      scratch.insert(text, part.begin, mark_);
    std::size_t done = part.begin;  // copied so far
    for (std::size_t at = part.begin; at < part.end && !stop.stopped(); ++at) {
      const bool space = text.text[at] == ' ';
      if (!space && !is_mark(at)) continue;
      scratch.copy(text, done, at);
      if (split_ && begin < out.size()) {
        words.push_back({begin, out.size()});
        begin = out.size();
      }
      const std::size_t length = space ? 1 : mark_.size();
      scratch.replace(text, at, at + length, mark_);
      done = at + length;
      at = done - 1;
    }
    scratch.copy(text, done, part.end);
    if (begin < out.size()) words.push_back({begin, out.size()});
  }
  std::swap(text, scratch);
}

}  // namespace rappel
