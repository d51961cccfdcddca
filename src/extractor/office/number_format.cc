#include "extractor/office/number_format.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>

#include "extractor/office/package.h"
#include "extractor/office/text.h"

namespace rappel::extractor {
namespace {

constexpr std::size_t kMostDecimals = 30;
constexpr std::size_t kMostCode = 256;  // bytes
constexpr std::size_t kMostSections = 4;
constexpr std::size_t kMostTokens = 256;
// Numbers are stored in binary but are rounded as the decimal numbers that people see.
constexpr double kNudge = 1 + 4e-16;

std::string fixed(double value, std::size_t decimals) {
  std::array<char, 512> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value * kNudge,
                                 std::chars_format::fixed, static_cast<int>(decimals));
  return std::string(buffer.data(), end.ptr);
}

std::vector<std::string_view> split_sections(std::string_view code) {
  std::vector<std::string_view> sections;
  std::size_t start = 0;
  for (std::size_t i = 0; i < code.size() && sections.size() + 1 < kMostSections; ++i) {
    if (code[i] == '\\' || code[i] == '_' || code[i] == '*')
      ++i;
    else if (code[i] == '"')
      i = std::min(code.find('"', i + 1), code.size());
    else if (code[i] == '[')
      i = std::min(code.find(']', i + 1), code.size());
    else if (code[i] == ';') {
      sections.push_back(code.substr(start, i - start));
      start = i + 1;
    }
  }
  sections.push_back(code.substr(std::min(start, code.size())));
  return sections;
}

bool same_letters(std::string_view code, std::string_view word) {
  return code.size() >= word.size() && lower_case(code.substr(0, word.size())) == word;
}

bool holds(char comparison, double value, double limit) {
  switch (comparison) {
    case '<': return value < limit;
    case '>': return value > limit;
    case 'l': return value <= limit;
    case 'g': return value >= limit;
    case 'n': return value != limit;
    default: return value == limit;
  }
}

}  // namespace

NumberFormat::NumberFormat(std::string_view code) {
  for (const std::string_view section : split_sections(code.substr(0, kMostCode)))
    sections_.push_back(parse_section(section));
}

// Colours, conditions, currencies and elapsed time. Returns the bytes read.
std::size_t NumberFormat::parse_bracket(std::string_view code, Section& section) {
  const std::size_t end = code.find(']');
  if (end == std::string_view::npos) return 1;
  const std::string_view inside = code.substr(1, end - 1);
  if (inside.starts_with('$')) {
    const std::string_view sign =
        inside.substr(1, inside.rfind('-') == std::string_view::npos ? inside.size() : inside.rfind('-') - 1);
    section.tokens.push_back({Kind::kLiteral, std::string(sign)});
  } else if (!inside.empty() && std::string_view("<>=").find(inside[0]) != std::string_view::npos) {
    const bool two = inside.size() > 1 && std::string_view(">=").find(inside[1]) != std::string_view::npos;
    section.comparison = !two ? inside[0] : inside[0] == '<' ? (inside[1] == '>' ? 'n' : 'l') : 'g';
    const std::string_view number = inside.substr(two ? 2 : 1);
    (void)std::from_chars(number.data(), number.data() + number.size(), section.limit);
  } else if (const std::string letters = lower_case(inside);
             !letters.empty() && letters.find_first_not_of(letters[0]) == std::string::npos &&
             std::string_view("hms").find(letters[0]) != std::string_view::npos) {
    section.tokens.push_back({Kind::kElapsed, letters});
    section.date = true;
  }
  return end + 1;
}

// Letters of dates, AM/PM and General; others stand for themselves. Returns the bytes read.
std::size_t NumberFormat::parse_letters(std::string_view code, Section& section) {
  if (same_letters(code, "general")) {
    section.tokens.push_back({Kind::kGeneral, ""});
    return 7;
  }
  if (same_letters(code, "am/pm") || same_letters(code, "a/p")) {
    const bool two = same_letters(code, "am/pm");
    section.tokens.push_back({Kind::kDate, two ? "PM" : "P"});
    section.date = true;
    return two ? 5 : 3;
  }
  const char letter = lower_case(code[0]);
  if (std::string_view("ymdhsebg").find(letter) == std::string_view::npos) {
    section.tokens.push_back({Kind::kLiteral, std::string(1, code[0])});
    return 1;
  }
  std::size_t width = 1;
  while (width < code.size() && lower_case(code[width]) == letter) ++width;
  section.tokens.push_back({Kind::kDate, std::string(width, letter)});
  section.date = true;
  return width;
}

NumberFormat::Section NumberFormat::parse_section(std::string_view code) {
  Section section;
  for (std::size_t i = 0; i < code.size() && section.tokens.size() < kMostTokens;) {
    const char c = code[i];
    const auto add = [&](Kind kind, std::string text, std::size_t bytes) {
      section.tokens.push_back({kind, std::move(text)});
      i += bytes;
    };
    const bool exponent =
        (c == 'E' || c == 'e') && i + 1 < code.size() && (code[i + 1] == '+' || code[i + 1] == '-');
    if (c == '"') {
      const std::size_t end = std::min(code.find('"', i + 1), code.size());
      add(Kind::kLiteral, std::string(code.substr(i + 1, end - i - 1)), end - i + 1);
    } else if (c == '\\') {
      std::size_t end = std::min(i + 2, code.size());
      while (end < code.size() && (static_cast<unsigned char>(code[end]) & 0xC0) == 0x80) ++end;
      add(Kind::kLiteral, std::string(code.substr(i + 1, end - i - 1)), end - i);
    } else if (c == '_') {
      add(Kind::kLiteral, " ", 2);
    } else if (c == '*') {
      i += 2;
    } else if (c == '[') {
      i += parse_bracket(code.substr(i), section);
    } else if (c == '0' || c == '#' || c == '?') {
      add(Kind::kDigit, std::string(1, c), 1);
    } else if (c == '.') {
      add(Kind::kPoint, ".", 1);
    } else if (c == ',') {
      add(Kind::kLiteral, ",", 1);
    } else if (c == '%') {
      ++section.percents;
      add(Kind::kPercent, "%", 1);
    } else if (c == '/') {
      add(Kind::kSlash, "/", 1);
    } else if (c == '@') {
      add(Kind::kText, "", 1);
    } else if (exponent) {
      add(Kind::kExponent, std::string(1, code[i + 1]), 2);
    } else {
      i += parse_letters(code.substr(i), section);
    }
  }
  if (section.date)
    settle_minutes(section);
  else
    settle_digits(section);
  return section;
}

// "m" is minutes after hours and before seconds; ".00" after seconds is a part of them.
void NumberFormat::settle_minutes(Section& section) {
  char before = 0;
  Token* month = nullptr;
  for (std::size_t i = 0; i < section.tokens.size(); ++i) {
    Token& token = section.tokens[i];
    if (token.kind == Kind::kPoint && before == 's' && i + 1 < section.tokens.size() &&
        section.tokens[i + 1].kind == Kind::kDigit) {
      std::size_t end = i + 1;
      while (end < section.tokens.size() && section.tokens[end].kind == Kind::kDigit) ++end;
      token = {Kind::kDate, std::string(end - i - 1, '0')};
      section.tokens.erase(section.tokens.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                           section.tokens.begin() + static_cast<std::ptrdiff_t>(end));
      continue;
    }
    if (token.kind != Kind::kDate && token.kind != Kind::kElapsed) continue;
    const char letter = token.text[0];
    if (letter == 'm' && token.kind == Kind::kDate && before == 'h')
      token.text.assign(token.text.size(), 'N');
    if (letter == 's' && month != nullptr) month->text.assign(month->text.size(), 'N');
    month = letter == 'm' && token.text[0] == 'm' && token.kind == Kind::kDate ? &token : nullptr;
    if (letter != 'P') before = letter;
  }
}

// Commas between digits are separators of thousands, those after them divide by a thousand.
void NumberFormat::settle_digits(Section& section) {
  bool point = false, exponent = false;
  std::size_t last_digit = section.tokens.size();
  std::vector<std::size_t> commas;
  for (std::size_t i = 0; i < section.tokens.size(); ++i) {
    const Token& token = section.tokens[i];
    if (token.kind == Kind::kExponent) exponent = true;
    if (token.kind == Kind::kSlash && last_digit < i) section.fraction = true;
    if (token.kind == Kind::kPoint) point = true;
    if (token.kind == Kind::kDigit && !exponent) {
      (point ? section.decimals : section.integers) += 1;
      if (!commas.empty() && !point) section.thousands = true;
      if (section.thousands) commas.clear();
      last_digit = i;
    }
    if (token.kind == Kind::kLiteral && token.text == "," && last_digit < i) commas.push_back(i);
  }
  section.decimals = std::min(section.decimals, kMostDecimals);
  for (const std::size_t comma : commas)
    if (comma == ++last_digit) ++section.scale;
  std::erase_if(section.tokens, [&](const Token& token) {
    return token.kind == Kind::kLiteral && token.text == "," && section.integers + section.decimals > 0;
  });
}

const NumberFormat::Section& NumberFormat::choose(double& value) const {
  const bool conditions =
      sections_[0].comparison != 0 || (sections_.size() > 1 && sections_[1].comparison != 0);
  if (conditions) {
    for (const Section& section : sections_)
      if (section.comparison == 0 || holds(section.comparison, value, section.limit)) return section;
    return sections_.back();
  }
  if (value < 0 && sections_.size() > 1) {
    value = -value;
    return sections_[1];
  }
  return value == 0 && sections_.size() > 2 ? sections_[2] : sections_[0];
}

std::string NumberFormat::format(double value, DateSystem dates) const {
  if (!std::isfinite(value)) return format_general(value);
  const Section& section = choose(value);
  if (section.date) return format_date(section, value, dates);
  std::string sign = value < 0 ? "-" : "";
  value = std::fabs(value);
  const bool exponent = std::any_of(section.tokens.begin(), section.tokens.end(),
                                    [](const Token& token) { return token.kind == Kind::kExponent; });
  for (int i = 0; i < section.percents && i < 4; ++i) value *= 100;
  for (int i = 0; i < section.scale && i < 8; ++i) value /= 1000;
  if (!std::isfinite(value)) return "";
  std::string text = exponent           ? format_exponent(section, value)
                     : section.fraction ? format_fraction(section, value)
                                        : format_digits(section, value);
  // "-0" is shown as "0".
  if (text.find_first_of("123456789") == std::string::npos) sign.clear();
  return tidy(sign + text);
}

std::string NumberFormat::format_date(const Section& section, double value, DateSystem dates) {
  if (value < 0 || value >= kMostDays) return format_general(value);
  bool twelve = false, parts = false;
  for (const Token& token : section.tokens) {
    twelve = twelve || (token.kind == Kind::kDate && token.text[0] == 'P');
    parts = parts || (token.kind == Kind::kDate && token.text[0] == '0');
  }
  const DateTime time = date_of(value, dates, !parts);
  std::string text;
  for (const Token& token : section.tokens) {
    if (token.kind == Kind::kDate)
      text += date_part(time, token.text, twelve);
    else if (token.kind == Kind::kElapsed)
      text += elapsed(time, token.text);
    else
      text += token.text;
  }
  return tidy(std::move(text));
}

std::string NumberFormat::format_digits(const Section& section, double value) {
  std::string all = fixed(value, section.decimals), decimals;
  if (const std::size_t point = all.find('.'); point != std::string::npos) {
    decimals = all.substr(point + 1);
    all.resize(point);
  }
  if (all == "0") all.clear();
  std::size_t place = 0, required = 0, after = 0, kept = 0;
  bool point = false;
  for (const Token& token : section.tokens) {
    if (token.kind == Kind::kPoint) point = true;
    if (token.kind != Kind::kDigit) continue;
    if (!point && token.text == "0" && required == 0) required = section.integers - place;
    ++(point ? after : place);
    if (point &&
        (token.text != "#" ||
         decimals.substr(std::min(after - 1, decimals.size())).find_first_not_of('0') != std::string::npos))
      kept = after;
  }
  if (all.size() < required) all.insert(0, required - all.size(), '0');

  std::string text;
  std::size_t next = 0, left = section.integers;
  const auto put_digits = [&](std::size_t until_rest) {
    for (; all.size() - next > until_rest; ++next) {
      text += all[next];
      const std::size_t rest = all.size() - next - 1;
      if (section.thousands && rest > 0 && rest % 3 == 0) text += ',';
    }
  };
  point = false;
  after = 0;
  for (const Token& token : section.tokens) {
    if (token.kind == Kind::kGeneral) {
      text += format_general(value);
    } else if (token.kind == Kind::kPoint) {
      point = true;
      put_digits(0);
      if (kept > 0) text += '.';
    } else if (token.kind == Kind::kDigit) {
      if (!point) put_digits(--left);
      if (point && after < kept && after < decimals.size()) text += decimals[after];
      if (point) ++after;
    } else {
      text += token.text;
    }
  }
  return text;
}

std::string NumberFormat::format_exponent(const Section& section, double value) {
  const int step = static_cast<int>(std::clamp<std::size_t>(section.integers, 1, 3));
  int exponent = value == 0 ? 0 : static_cast<int>(std::floor(std::log10(value)));
  exponent -= ((exponent % step) + step) % step;
  std::string mantissa = fixed(value / std::pow(10.0, exponent), section.decimals);
  if (step == 1 && mantissa.starts_with("10")) {
    ++exponent;
    mantissa = fixed(value / std::pow(10.0, exponent), section.decimals);
  }
  std::size_t width = 0;
  std::string sign = "+";
  bool seen = false;
  for (const Token& token : section.tokens) {
    if (token.kind == Kind::kExponent) {
      sign = token.text;
      seen = true;
    }
    if (seen && token.kind == Kind::kDigit && token.text == "0") ++width;
  }
  const std::string before = exponent < 0 ? "E-" : sign == "+" ? "E+" : "E";
  return mantissa + before + padded(std::abs(exponent), width);
}

std::string NumberFormat::format_fraction(const Section& section, double value) {
  std::size_t digits = 0;
  bool slash = false;
  std::string fixed_denominator;
  for (const Token& token : section.tokens) {
    if (token.kind == Kind::kSlash) slash = true;
    if (!slash) continue;
    if (token.kind == Kind::kDigit) ++digits;
    if (token.kind == Kind::kLiteral && token.text.find_first_not_of("0123456789") == std::string::npos)
      fixed_denominator += token.text;
  }
  double whole = std::floor(value);
  const double rest = value - whole;
  const int given = to_int(fixed_denominator, 0);
  const int most = digits >= 3 ? 999 : digits == 2 ? 99 : 9;
  int best = std::max(given, 1);
  for (int denominator = 1; given == 0 && denominator <= most; ++denominator) {
    const auto error = [&](int d) { return std::fabs(rest - std::round(rest * d) / d); };
    if (error(denominator) < error(best) - 1e-12) best = denominator;
  }
  auto numerator = static_cast<std::int64_t>(std::round(rest * best));
  if (numerator == best) {
    ++whole;
    numerator = 0;
  }
  if (numerator == 0) return fixed(whole, 0);
  const std::string part = std::to_string(numerator) + '/' + std::to_string(best);
  return whole == 0 ? part : fixed(whole, 0) + ' ' + part;
}

std::string NumberFormat::format_text(std::string_view text) const {
  const auto has_text = [](const Section& section) {
    return std::any_of(section.tokens.begin(), section.tokens.end(),
                       [](const Token& token) { return token.kind == Kind::kText; });
  };
  const Section& last = sections_.back();
  if (last.tokens.size() < 2 || !has_text(last)) return std::string(text);
  std::string out;
  for (const Token& token : last.tokens) {
    if (token.kind == Kind::kText) out += text;
    if (token.kind == Kind::kLiteral) out += token.text;
  }
  return out;
}

std::string format_general(double value) {
  if (!std::isfinite(value)) return "";
  std::array<char, 64> buffer;
  if (std::fabs(value) < 1e15 && value == std::floor(value)) {
    const auto end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), static_cast<std::int64_t>(value));
    return std::string(buffer.data(), end.ptr);
  }
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::general, 15);
  std::string text(buffer.data(), end.ptr);
  std::replace(text.begin(), text.end(), 'e', 'E');
  return text;
}

std::string_view built_in_format(int id) {
  constexpr std::string_view kDate = "yyyy-mm-dd";
  static constexpr std::pair<int, std::string_view> kFormats[] = {
      {1, "0"},
      {2, "0.00"},
      {3, "#,##0"},
      {4, "#,##0.00"},
      {5, "$#,##0;($#,##0)"},
      {6, "$#,##0;($#,##0)"},
      {7, "$#,##0.00;($#,##0.00)"},
      {8, "$#,##0.00;($#,##0.00)"},
      {9, "0%"},
      {10, "0.00%"},
      {11, "0.00E+00"},
      {12, "# ?/?"},
      {13, "# ?\?/?\?"},
      {14, kDate},
      {15, "d-mmm-yy"},
      {16, "d-mmm"},
      {17, "mmm-yy"},
      {18, "h:mm AM/PM"},
      {19, "h:mm:ss AM/PM"},
      {20, "h:mm"},
      {21, "h:mm:ss"},
      {22, "yyyy-mm-dd h:mm"},
      {32, "h:mm"},
      {33, "h:mm:ss"},
      {34, "h:mm"},
      {35, "h:mm:ss"},
      {37, "#,##0;(#,##0)"},
      {38, "#,##0;(#,##0)"},
      {39, "#,##0.00;(#,##0.00)"},
      {40, "#,##0.00;(#,##0.00)"},
      {41, "#,##0;-#,##0;-"},
      {42, "$#,##0;-$#,##0;-"},
      {43, "#,##0.00;-#,##0.00;-"},
      {44, "$#,##0.00;-$#,##0.00;-"},
      {45, "mm:ss"},
      {46, "[h]:mm:ss"},
      {47, "mm:ss.0"},
      {48, "##0.0E+0"},
      {49, "@"},
  };
  if ((id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 58)) return kDate;
  for (const auto& [number, code] : kFormats)
    if (number == id) return code;
  return "";
}

}  // namespace rappel::extractor
