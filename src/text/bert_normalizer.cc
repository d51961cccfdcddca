#include "text/bert_normalizer.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf16.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "text/json_fields.h"
#include "text/unicode.h"

namespace rappel {
namespace {

UChar32 icu(char32_t c) { return static_cast<UChar32>(c); }

bool is_older_than_unicode_9(char32_t c) {
  UVersionInfo age;
  u_charAge(icu(c), age);
  return age[0] != 0 && age[0] <= 8;
}

const UNormalizer2* nfd() {
  static const UNormalizer2* const instance = [] {
    UErrorCode error = U_ZERO_ERROR;
    const UNormalizer2* found = unorm2_getNFDInstance(&error);
    RAPPEL_CHECK(U_SUCCESS(error), "ICU has NFD built in");
    return found;
  }();
  return instance;
}

void append_nfd(std::u32string& out, char32_t c) {
  UChar units[64];
  UErrorCode error = U_ZERO_ERROR;
  // U+11938 decomposes from Unicode 13 on, which is newer than the reference's tables.
  const int length = c == 0x11938 ? -1 : unorm2_getDecomposition(nfd(), icu(c), units, 64, &error);
  if (length < 0 || U_FAILURE(error)) {
    out += c;
    return;
  }
  for (int at = 0; at < length;) {
    UChar32 part;
    U16_NEXT(units, at, length, part);
    out += static_cast<char32_t>(part);
  }
}

// Letters whose lower case came with Unicode 16 and 17, unknown to the ICU that this is built with.
char32_t newer_lower(char32_t c) {
  if ((c >= 0x10D50 && c <= 0x10D65)) return c + 0x20;
  if (c >= 0x16EA0 && c <= 0x16EB8) return c + 0x1B;
  switch (c) {
    case 0x1C89:
    case 0xA7CC:
    case 0xA7CE:
    case 0xA7D2:
    case 0xA7D4:
    case 0xA7DA: return c + 1;
    case 0xA7CB: return 0x264;
    case 0xA7DC: return 0x19B;
    default: return c;
  }
}

struct Flags {
  bool clean = true;
  bool chinese = true;
  bool strip_accents = true;
  bool lowercase = true;
};

// The replacement of one character. Marks that canonical ordering may move (a combining class, but not
// dropped) need their neighbours and are kept apart as `moving`.
struct Fate {
  std::string text;
  bool moving = false;
  bool ends_run = false;  // has a part of combining class 0, so marks before it keep their place
  bool copied = false;    // the character as it is
};

class BertNormalizer final : public Normalizer {
 public:
  explicit BertNormalizer(Flags flags) : flags_(flags), plane_(0x10000) {
    for (char32_t c = 0; c < 0x10000; ++c) {
      if (c >= 0xD800 && c < 0xE000) continue;
      Fate fate = fate_of(c);
      if (c < 128)
        ascii_[c] = fate.copied ? static_cast<char>(c) : fate.text.size() == 1 ? fate.text[0] : '\0';
      if (fate.copied) {
        plane_[c] = kCopy;
      } else if (fate.moving || (!fate.ends_run && !fate.text.empty())) {
        plane_[c] = kSlow;
      } else if (!fate.ends_run) {
        plane_[c] = kDrop;
      } else {
        plane_[c] = static_cast<std::uint16_t>(kFirstText + texts_.size());
        if (texts_.size() < 0xFFF0) texts_.push_back(std::move(fate.text));
      }
    }
    RAPPEL_CHECK(texts_.size() < 0xFFF0, "few characters of the basic plane change");
  }

  bool apply(const NormalText& in, NormalText& out, StopPoll& stop) const override {
    out.text.reserve(in.text.size() + in.text.size() / 8);
    Run run{in, out, {}};
    for (std::size_t at = 0, done = 0; at < in.text.size() && !stop.stopped(at - done);) {
      done = at;
      at = apply_ascii(run, at);
      if (at < in.text.size()) at = apply_character(run, at);
    }
    run.flush();
    return true;
  }

 private:
  static constexpr std::uint16_t kSlow = 0, kCopy = 1, kDrop = 2, kFirstText = 3;
  // Marks that are ordered together. Text has a few (Unicode's stream-safe format: 30); more would be held in
  // memory, 28 bytes for each byte of text.
  static constexpr std::size_t kMostMarks = 65536;

  struct Mark {
    int combining_class;
    std::string text;
    std::size_t begin, end;
  };

  struct Run {
    const NormalText& in;
    NormalText& out;
    std::vector<Mark> marks;  // since the last character of combining class 0

    void add(Mark mark) {
      if (marks.size() == kMostMarks) flush();
      marks.push_back(std::move(mark));
    }

    void flush() {
      if (marks.empty()) return;
      const std::size_t begin = marks.front().begin, end = marks.back().end;
      std::stable_sort(marks.begin(), marks.end(),
                       [](const Mark& a, const Mark& b) { return a.combining_class < b.combining_class; });
      for (const Mark& mark : marks) out.replace(in, begin, end, mark.text);
      marks.clear();
    }
  };

  std::size_t apply_ascii(Run& run, std::size_t at) const {
    const std::string& text = run.in.text;
    const std::size_t begin = at, end = std::min(text.size(), at + StopPoll::kSteps);
    if (run.in.tracked) {
      for (; at < end && static_cast<unsigned char>(text[at]) < 0x80; ++at) {
        const char c = ascii_[static_cast<unsigned char>(text[at])];
        if (c == '\0') break;
        run.flush();
        run.out.replace(run.in, at, at + 1, std::string_view(&c, 1));
      }
    } else {
      while (at < end && static_cast<unsigned char>(text[at]) < 0x80 &&
             ascii_[static_cast<unsigned char>(text[at])] != '\0')
        ++at;
      if (at == begin) return at;
      run.flush();
      std::string& out = run.out.text;
      const std::size_t before = out.size();
      out.append(text, begin, at - begin);
      for (std::size_t i = before; i < out.size(); ++i) out[i] = ascii_[static_cast<unsigned char>(out[i])];
    }
    return at;
  }

  std::size_t apply_character(Run& run, std::size_t at) const {
    std::size_t length;
    const char32_t c = utf8_decode(run.in.text, at, length);
    const std::size_t end = at + length;
    const std::uint16_t action = c < 0x10000 ? plane_[c] : kSlow;
    if (action == kDrop) return end;
    if (action == kSlow) {
      apply_slowly(run, c, at, end);
      return end;
    }
    run.flush();
    if (action == kCopy)
      run.out.copy(run.in, at, end);
    else
      run.out.replace(run.in, at, end, texts_[action - kFirstText]);
    return end;
  }

  void apply_slowly(Run& run, char32_t c, std::size_t begin, std::size_t end) const {
    const Fate fate = fate_of(c);
    if (!fate.moving) {
      if (fate.ends_run) run.flush();
      if (!fate.text.empty()) run.out.replace(run.in, begin, end, fate.text);
      return;
    }
    std::u32string parts;
    append_nfd(parts, c);
    for (const char32_t part : parts) {
      const int combining_class = u_getCombiningClass(icu(part));
      if (combining_class == 0) run.flush();
      if (is_bert_mark(part)) continue;
      const std::string text = lowered(part);
      if (combining_class == 0)
        run.out.replace(run.in, begin, end, text);
      else
        run.add({combining_class, text, begin, end});
    }
  }

  std::string lowered(char32_t c) const {
    std::u32string lower;
    if (flags_.lowercase)
      append_bert_lower(lower, c);
    else
      lower += c;
    std::string out;
    for (const char32_t part : lower) utf8_append(out, part);
    return out;
  }

  Fate fate_of(char32_t c) const {
    Fate fate;
    if (flags_.clean) {
      if (c == 0 || c == 0xFFFD || is_bert_control(c)) return fate;
      if (is_white_space(c)) c = ' ';
    }
    const bool spaced = flags_.chinese && is_bert_chinese(c);
    std::u32string parts;
    if (flags_.strip_accents)
      append_nfd(parts, c);
    else
      parts += c;
    fate.ends_run = spaced || !flags_.strip_accents;
    if (spaced) fate.text += ' ';
    for (const char32_t part : parts) {
      const int combining_class = flags_.strip_accents ? u_getCombiningClass(icu(part)) : 0;
      fate.ends_run |= combining_class == 0;
      if (flags_.strip_accents && is_bert_mark(part)) continue;
      fate.moving |= combining_class != 0;
      fate.text += lowered(part);
    }
    if (spaced) fate.text += ' ';
    std::string itself;
    utf8_append(itself, c);
    fate.copied = fate.ends_run && !fate.moving && fate.text == itself && c != ' ';
    return fate;
  }

  Flags flags_;
  std::array<char, 128> ascii_{};     // what an ASCII character becomes; NUL: see plane_
  std::vector<std::uint16_t> plane_;  // kSlow, kCopy, kDrop or kFirstText + index into texts_
  std::vector<std::string> texts_;
};

}  // namespace

Result<std::unique_ptr<const Normalizer>> bert_normalizer_from_json(const Json& config) {
  const std::string where = "normalizer BertNormalizer";
  Flags flags;
  RAPPEL_ASSIGN(flags.clean, bool_field(config, where, "clean_text", true));
  RAPPEL_ASSIGN(flags.chinese, bool_field(config, where, "handle_chinese_chars", true));
  RAPPEL_ASSIGN(flags.lowercase, bool_field(config, where, "lowercase", true));
  RAPPEL_ASSIGN(flags.strip_accents, bool_field(config, where, "strip_accents", flags.lowercase));
  return std::unique_ptr<const Normalizer>(std::make_unique<BertNormalizer>(flags));
}

bool is_bert_punctuation(char32_t c) {
  if (c < 0x80)
    return u_ispunct(icu(c)) || c == '$' || c == '+' || c == '<' || c == '=' || c == '>' || c == '^' ||
           c == '`' || c == '|' || c == '~';
  if (c == 0x166D || c == 0x111C9) return true;
  return (U_GET_GC_MASK(icu(c)) & U_GC_P_MASK) != 0 && is_older_than_unicode_9(c);
}

bool is_bert_control(char32_t c) {
  if (c == '\t' || c == '\n' || c == '\r') return false;
  return (U_GET_GC_MASK(icu(c)) & (U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK)) != 0 &&
         is_older_than_unicode_9(c);
}

bool is_bert_chinese(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
         (c >= 0x2A700 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0x2F800 && c <= 0x2FA1F);
}

bool is_bert_mark(char32_t c) {
  if (c == 0x1734) return true;
  if (c == 0x1885 || c == 0x1886 || c == 0xA9BD || c == 0x111C9) return false;
  return u_charType(icu(c)) == U_NON_SPACING_MARK && is_older_than_unicode_9(c);
}

void append_bert_lower(std::u32string& out, char32_t c) {
  if (c == 0x130) {
    out += U"i\u0307";
    return;
  }
  const auto lower = static_cast<char32_t>(u_tolower(icu(c)));
  out += lower == c ? newer_lower(c) : lower;
}

}  // namespace rappel
