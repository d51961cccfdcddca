#include "text/words/naive_words.h"

#include <unicode/brkiter.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <string_view>

#include "base/utf8.h"

namespace rappel {
namespace {

using Text = std::u32string;
constexpr char32_t kJoint = 1, kBorder = ' ';

bool is_script(char32_t c, std::initializer_list<UScriptCode> scripts) {
  UErrorCode error = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(static_cast<UChar32>(c), &error);
  return std::find(scripts.begin(), scripts.end(), script) != scripts.end();
}
bool is_mark(char32_t c) { return (U_GET_GC_MASK(static_cast<UChar32>(c)) & U_GC_M_MASK) != 0; }
bool is_upper(char32_t c) { return u_isupper(static_cast<UChar32>(c)); }
bool is_lower(char32_t c) { return u_islower(static_cast<UChar32>(c)); }
bool is_digit(char32_t c) { return u_isdigit(static_cast<UChar32>(c)); }
bool is_alnum(char32_t c) { return u_isalnum(static_cast<UChar32>(c)); }
bool is_ideograph(char32_t c) {
  return c == 0x30FC || (!is_mark(c) && is_script(c, {USCRIPT_HAN, USCRIPT_HIRAGANA, USCRIPT_KATAKANA,
                                                      USCRIPT_HANGUL, USCRIPT_BOPOMOFO}));
}
bool is_complex(char32_t c) {
  return is_script(c, {USCRIPT_THAI, USCRIPT_LAO, USCRIPT_KHMER, USCRIPT_MYANMAR});
}
bool is_hebrew(char32_t c) { return is_alnum(c) && is_script(c, {USCRIPT_HEBREW}); }
bool is_el(char32_t c) { return c == 'l' || c == 'L'; }
bool is_joint(char32_t c) { return Text(U"-_./@:\u2010").find(c) != Text::npos; }

Text decode(const icu::UnicodeString& text) {
  Text out;
  for (int i = 0; i < text.length(); i += U16_LENGTH(text.char32At(i)))
    out += static_cast<char32_t>(text.char32At(i));
  return out;
}

std::string encode(const Text& text) {
  std::string out;
  for (const char32_t c : text) utf8_append(out, c);
  return out;
}

// A character that ICU has within a word.
char32_t mark_within_word(const Text& word, std::size_t i) {
  const char32_t c = word[i], after = i + 1 < word.size() ? word[i + 1] : kBorder;
  std::size_t base = i;
  while (base > 0 && is_mark(word[base - 1])) --base;
  const char32_t before = base > 0 ? word[base - 1] : kBorder;
  if (is_alnum(c) || is_mark(c)) return c;
  if (is_digit(before) && is_digit(after) && (c == '.' || c == ',')) return c;
  if (is_hebrew(before) && is_hebrew(after) && (c == '"' || c == 0x05F4)) return c;
  if (is_el(before) && is_el(after) && c == 0x00B7) return c;
  return is_joint(c) ? kJoint : kBorder;
}

// Takes the words of complex scripts out of a token; ICU joins letters and digits to them.
Text take_complex(const Text& token, std::vector<std::string>& words) {
  Text rest;
  for (std::size_t at = 0, end; at < token.size(); at = end) {
    end = at + 1;
    if (!is_complex(token[at])) {
      rest += token[at];
      continue;
    }
    while (end < token.size() && (is_complex(token[end]) || is_mark(token[end]))) ++end;
    words.push_back(encode(token.substr(at, end - at)));
    rest += kBorder;
  }
  return rest;
}

// The text with each joint as kJoint and everything else between segments as kBorder. Words of complex
// scripts go to `words` at once.
Text mark_joints(const icu::UnicodeString& text, std::vector<std::string>& words) {
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<icu::BreakIterator> breaks(
      icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), error));
  breaks->setText(text);
  Text marked;
  std::int32_t begin = breaks->first();
  for (std::int32_t end; (end = breaks->next()) != icu::BreakIterator::DONE; begin = end) {
    const Text token = take_complex(decode(text.tempSubStringBetween(begin, end)), words);
    // ICU's own rule status is that of the last character.
    if (std::any_of(token.begin(), token.end(), is_alnum) || is_ideograph(token[0])) {
      for (std::size_t i = 0; i < token.size(); ++i) marked += mark_within_word(token, i);
    } else {
      const bool sign = token[0] == '+' || token[0] == '#';
      if (sign) marked += token[0];
      if (!sign || token.size() > 1) marked += token.size() == 1 && is_joint(token[0]) ? kJoint : kBorder;
    }
  }
  return marked + kBorder;
}

void add_ideographs(const Text& run, std::vector<std::string>& words) {
  std::vector<Text> characters;
  for (const char32_t c : run)
    if (is_mark(c))
      characters.back() += c;
    else
      characters.push_back(Text(1, c));
  for (std::size_t i = 0; i < characters.size(); ++i) {
    words.push_back(encode(characters[i]));
    if (i > 0) words.push_back(encode(characters[i - 1] + characters[i]));
  }
}

// Whether a part begins at base character `i`.
bool is_part_border(const Text& base, std::size_t i) {
  const char32_t before = base[i - 1], here = base[i];
  if (is_lower(before) && is_upper(here)) return true;
  if (i + 2 < base.size() && is_upper(before) && is_upper(here) && is_lower(base[i + 1]) &&
      is_lower(base[i + 2]))
    return true;
  const bool version = i == 1 && (base[0] == 'v' || base[0] == 'V');
  return is_alnum(before) && is_alnum(here) && is_digit(before) != is_digit(here) && !version;
}

void add_segment(const Text& segment, std::vector<std::string>& words) {
  Text base;
  std::copy_if(segment.begin(), segment.end(), std::back_inserter(base), is_alnum);
  std::vector<Text> parts(1);
  std::size_t i = 0;
  for (const char32_t c : segment) {
    if (is_alnum(c) && i > 0 && is_part_border(base, i)) parts.emplace_back();
    i += is_alnum(c) ? 1 : 0;
    parts.back() += c;
  }
  for (const Text& part : parts) words.push_back(encode(part));
  if (parts.size() > 1) words.push_back(encode(segment));
}

// Segments from `marked` between borders, without ideographs.
class Compounds {
 public:
  explicit Compounds(std::vector<std::string>& words) : words_(words) {}

  void add(const Text& segment) {
    add_segment(segment, words_);
    whole_ += segment;
    ++segments_;
  }
  void end() {
    if (segments_ > 1) words_.push_back(encode(whole_));
    segments_ = 0;
    whole_.clear();
  }

 private:
  std::vector<std::string>& words_;
  Text whole_;
  std::size_t segments_ = 0;
};

// The signs of "C++" at `at`.
Text signs_at(const Text& marked, std::size_t at) {
  for (const Text& signs : {Text(U"++"), Text(U"+#"), Text(U"#+"), Text(U"##"), Text(U"+"), Text(U"#")}) {
    if (marked.compare(at, signs.size(), signs) != 0) continue;
    const char32_t after = marked[at + signs.size()];
    const bool digit = is_digit(after) && !is_ideograph(after);
    const bool letter = is_alnum(after) && !digit && !is_ideograph(after);
    return letter || after == '+' || after == '#' || (digit && signs.size() < 2) ? Text() : signs;
  }
  return {};
}

bool starts_segment(char32_t c) { return is_alnum(c) && !is_ideograph(c); }

}  // namespace

std::vector<std::string> naive_spellings(const std::string& text) {
  std::vector<std::string> words;
  auto source = icu::UnicodeString::fromUTF8(text);
  source.findAndReplace(u"\u0E4D\u0E32", u"\u0E33").findAndReplace(u"\u0ECD\u0EB2", u"\u0EB3");
  const Text marked = mark_joints(source, words);
  Compounds compounds(words);
  for (std::size_t at = 0; at < marked.size();) {
    std::size_t end = at + 1;
    if (is_ideograph(marked[at])) {
      while (is_ideograph(marked[end]) || is_mark(marked[end])) ++end;
      add_ideographs(marked.substr(at, end - at), words);
    } else if (starts_segment(marked[at])) {
      while (marked[end] != kBorder && marked[end] != kJoint && marked[end] != '+' && marked[end] != '#' &&
             !is_ideograph(marked[end]))
        ++end;
      Text segment = marked.substr(at, end - at);
      std::size_t letters = 0;
      for (const char32_t c : segment) letters += is_mark(c) ? 0 : 1;
      const Text signs = letters == 1 && !is_digit(segment[0]) ? signs_at(marked, end) : Text();
      if (!signs.empty()) words.push_back(encode(segment));
      end += signs.size();
      compounds.add(segment + signs);
      if (marked[end] == kJoint && starts_segment(marked[end + 1]))
        ++end;
      else
        compounds.end();
    }
    at = end;
  }
  return words;
}

}  // namespace rappel
