#include "extractor/plain/encoding.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "base/utf8.h"
#include "extractor/plain/charset_guess.h"
#include "extractor/plain/convert.h"

namespace rappel::extractor {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kSample = 64 << 10;

struct Mark {
  std::string_view bytes, encoding;
};

// The longer ones first.
constexpr Mark kMarks[] = {
    {"\xFF\xFE\0\0"sv, "utf-32le"}, {"\0\0\xFE\xFF"sv, "utf-32be"},    {"\xEF\xBB\xBF"sv, "utf-8"},
    {"\xFF\xFE"sv, "utf-16le"},     {"\x84\x31\x95\x33"sv, "gb18030"}, {"\xFE\xFF"sv, "utf-16be"},
};

unsigned byte(char c) { return static_cast<unsigned char>(c); }

struct Range {
  char32_t first, last;
};

// Characters of living languages; in text they are nearly all.
constexpr Range kUsual[] = {{0x09, 0x0D},     {0x20, 0x7E},     {0xA0, 0x24F},    {0x370, 0x6FF},
                            {0x900, 0xDFF},   {0xE00, 0xEFF},   {0x10A0, 0x10FF}, {0x1E00, 0x1FFF},
                            {0x2010, 0x2027}, {0x3000, 0x30FF}, {0x4E00, 0x9FFF}, {0xAC00, 0xD7A3},
                            {0xFF00, 0xFF5E}};

bool is_usual(char32_t c) {
  return std::any_of(std::begin(kUsual), std::end(kUsual),
                     [&](const Range& range) { return c >= range.first && c <= range.last; });
}

// As UTF-16 of the other byte order, or as other data, the characters lie anywhere: 0. Else 1 and the number
// of blanks and full stops, which the right byte order has more of.
std::size_t plausibility(std::string_view bytes, std::string_view encoding) {
  const auto converted = convert_to_utf8(bytes, encoding);
  if (!converted) return 0;
  std::size_t usual = 0, all = 0, parting = 0, length = 0;
  for (std::size_t at = 0; at < converted->text.size(); at += length, ++all) {
    const char32_t c = utf8_decode(converted->text, at, length);
    usual += is_usual(c) ? 1 : 0;
    parting += c == ' ' || c == '\n' || c == 0x3001 || c == 0x3002 || c == 0xFF0C ? 1 : 0;
  }
  return usual * 100 >= all * 95 ? 1 + parting : 0;
}

// Where the NUL bytes of a text are says how wide its characters are and how they lie.
std::string_view wide_encoding(std::string_view bytes) {
  const std::string_view start = bytes.substr(0, kSample);
  std::array<std::size_t, 4> nul{};
  for (std::size_t i = 0; i < start.size(); ++i) nul[i % 4] += start[i] == '\0' ? 1 : 0;
  const std::size_t units = start.size() / 4;
  if (units == 0 || nul[0] + nul[1] + nul[2] + nul[3] == 0) return {};
  if (bytes.size() % 4 == 0 && nul[3] == units && nul[0] == 0 && nul[2] * 10 > units * 9) return "utf-32le";
  if (bytes.size() % 4 == 0 && nul[0] == units && nul[3] == 0 && nul[1] * 10 > units * 9) return "utf-32be";
  const std::size_t even = nul[0] + nul[2], odd = nul[1] + nul[3];
  const bool one_sided = even == 0 || odd == 0;
  // UTF-8 with a NUL here and there; Arabic and Thai are valid UTF-8 too when they are written as UTF-16.
  if ((even + odd) * 2 < units && utf8_valid(bytes) && (!one_sided || even + odd < 20)) return {};
  if (even + odd < 4 && (even + odd) * 2 < units) return {};
  const std::string_view pairs = start.substr(0, start.size() / 2 * 2);
  const std::size_t little = plausibility(pairs, "utf-16le"), big = plausibility(pairs, "utf-16be");
  if (little == 0 && big == 0) return {};
  return little >= big ? "utf-16le" : "utf-16be";
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return byte(c) < 0x80; });
}

// Encodings of 7 bits that switch character sets by escapes.
std::string_view escaped_encoding(std::string_view bytes) {
  if (bytes.find("\x1B$)C"sv) != std::string_view::npos) return "iso-2022-kr";
  if (bytes.find("\x1B$)A"sv) != std::string_view::npos) return "iso-2022-cn";
  for (const std::string_view escape : {"\x1B$B"sv, "\x1B$@"sv, "\x1B(J"sv, "\x1B(I"sv, "\x1B$(D"sv})
    if (bytes.find(escape) != std::string_view::npos) return "iso-2022-jp-2";
  return {};
}

// Blanks are 0x40 in EBCDIC and letters lie above 0x80; 0x20 and ASCII letters are rare.
bool is_ebcdic(std::string_view bytes) {
  const std::string_view start = bytes.substr(0, kSample);
  std::size_t blanks = 0, letters = 0, ascii = 0;
  for (const char c : start) {
    const unsigned b = byte(c);
    blanks += b == 0x40 ? 1 : 0;
    ascii += b == 0x20 || (b > 0x60 && b < 0x7B) ? 1 : 0;
    const unsigned low = b & 0x0F;
    letters += b > 0x80 && b < 0xEA && low > 0 && low < 10 ? 1 : 0;
  }
  return start.size() >= 16 && blanks * 12 > start.size() && letters * 3 > start.size() &&
         ascii * 20 < start.size();
}

// Text in an encoding that has switches of its own says so only by its declaration.
bool decides_ascii(std::string_view encoding) {
  return encoding == "utf-7" || encoding == "hz-gb-2312" || encoding.starts_with("iso-2022");
}

struct Choice {
  std::string encoding;
  std::size_t skip = 0;  // byte order mark
};

std::optional<Choice> by_rules(std::string_view bytes, std::string_view declared) {
  for (const Mark& mark : kMarks)
    if (bytes.starts_with(mark.bytes)) return Choice{std::string(mark.encoding), mark.bytes.size()};
  if (const auto wide = wide_encoding(bytes); !wide.empty()) return Choice{std::string(wide)};
  if (is_ascii(bytes)) {
    if (const auto escaped = escaped_encoding(bytes); !escaped.empty()) return Choice{std::string(escaped)};
    if (decides_ascii(declared)) return Choice{std::string(declared)};
    return Choice{"utf-8"};
  }
  if (utf8_valid(bytes)) return Choice{"utf-8"};
  if (is_ebcdic(bytes)) return Choice{"ibm500"};
  return std::nullopt;
}

// Bytes that ISO-8859 has for control characters, which no text has.
bool has_c1(std::string_view bytes) {
  return std::any_of(bytes.begin(), bytes.end(), [](char c) { return byte(c) >= 0x80 && byte(c) < 0xA0; });
}

std::string guess(std::string_view bytes) {
  const std::string guessed = usual_encoding(guess_charset(bytes));
  if (guessed.empty() || guessed == "utf-8") return "windows-1252";
  if (has_c1(bytes)) {
    if (guessed == "iso-8859-2") return "windows-1250";
    if (guessed == "iso-8859-7") return "windows-1253";
    if (guessed == "iso-8859-6") return "windows-1256";
    if (guessed == "iso-8859-8") return "windows-1255";
    if (guessed == "iso-8859-15") return "windows-1252";
  }
  return guessed;
}

DecodedText decoded(const Converted& converted, std::string encoding) {
  DecodedText out;
  out.text = normal_line_ends(converted.text, out.nul);
  out.encoding = std::move(encoding);
  out.bad = converted.bad;
  return out;
}

DecodedText decoded_utf8(std::string_view bytes) {
  DecodedText out;
  out.encoding = "utf-8";
  if (utf8_valid(bytes)) {
    out.text = normal_line_ends(bytes, out.nul);
    return out;
  }
  return decoded(*convert_to_utf8(bytes, "utf-8"), "utf-8");
}

// UTF-8 in which a few bytes are damaged is not another encoding.
bool is_damaged_utf8(std::string_view bytes, const Converted& converted) {
  std::size_t sequences = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    sequences +=
        byte(bytes[i]) >= 0xC2 && i + 1 < bytes.size() && (byte(bytes[i + 1]) & 0xC0) == 0x80 ? 1 : 0;
  return converted.bad * 20 < sequences;
}

DecodedText by_guess(std::string_view bytes, std::string_view declared) {
  if (auto utf8 = convert_to_utf8(bytes, "utf-8"); utf8 && is_damaged_utf8(bytes, *utf8))
    return decoded(std::move(*utf8), "utf-8");
  std::optional<Converted> named;
  if (!declared.empty() && declared != "utf-8") named = convert_to_utf8(bytes, declared);
  if (named && named->bad == 0) return decoded(std::move(*named), std::string(declared));
  const std::string guessed = guess(bytes);
  auto converted = convert_to_utf8(bytes, guessed);
  const bool named_is_better = named && (!converted || named->bad <= converted->bad);
  if (named_is_better) return decoded(std::move(*named), std::string(declared));
  DecodedText out = converted ? decoded(std::move(*converted), guessed)
                              : decoded(*convert_to_utf8(bytes, "windows-1252"), "windows-1252");
  out.declared_wrong = !declared.empty();
  return out;
}

// Control characters that no text has, and what could not be decoded, in the start of the text.
bool is_text(const DecodedText& decoded) {
  const std::string_view start = std::string_view(decoded.text).substr(0, kSample);
  std::size_t other = decoded.nul, all = decoded.nul;
  for (std::size_t i = 0; i < start.size(); ++i) {
    const unsigned b = byte(start[i]);
    all += (b & 0xC0) != 0x80 ? 1 : 0;
    const bool control = (b < 0x20 && (b < 0x09 || b > 0x0D) && b != 0x1B) || b == 0x7F;
    const bool late_control = b == 0xC2 && i + 1 < start.size() && byte(start[i + 1]) < 0xA0;
    const bool replaced = start.compare(i, 3, "\xEF\xBF\xBD") == 0;
    other += control || late_control || replaced ? 1 : 0;
  }
  return other < 20 || other * 10 < all;
}

// Cut after a line, so that no character is; wide characters end at kMostTextBytes too.
std::string_view start_of(std::string_view bytes) {
  if (bytes.size() <= kMostTextBytes) return bytes;
  const std::string_view start = bytes.substr(0, kMostTextBytes);
  const std::size_t line = start.rfind('\n');
  const bool wide = start.substr(0, kSample).find('\0') != std::string_view::npos;
  return wide || line == std::string_view::npos ? start : start.substr(0, line + 1);
}

}  // namespace

std::string normal_line_ends(std::string_view text, std::size_t& nul) {
  if (text.find('\r') == std::string_view::npos && text.find('\0') == std::string_view::npos)
    return std::string(text);
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\0') {
      ++nul;
    } else if (text[i] != '\r') {
      out += text[i];
    } else if (i + 1 == text.size() || text[i + 1] != '\n') {
      out += '\n';
    }
  }
  return out;
}

DecodedText decode_text(std::string_view bytes, std::string_view declared) {
  const std::string named = usual_encoding(declared);
  const auto choice = by_rules(bytes, named);
  if (!choice) return by_guess(bytes, named);
  bytes.remove_prefix(choice->skip);
  if (choice->encoding == "utf-8") return decoded_utf8(bytes);
  auto converted = convert_to_utf8(bytes, choice->encoding);
  if (!converted) return by_guess(bytes, named);
  return decoded(std::move(*converted), choice->encoding);
}

Status decode_text(std::string_view bytes, std::string_view declared, ContentSink& sink, std::string& text) {
  DecodedText decoded = decode_text(start_of(bytes), declared);
  if (!is_text(decoded))
    return Status(
        Code::kInvalidArgument,
        "it is named like a text, but holds other data; give it with the name that its program gave it");
  text = std::move(decoded.text);
  RAPPEL_TRY(sink.property("encoding", decoded.encoding));
  if (decoded.nul > 0)
    RAPPEL_TRY(sink.warning(fmt::format("it contains {} NUL character{}, so it may not be text", decoded.nul,
                                        decoded.nul == 1 ? "" : "s")));
  if (decoded.bad > 0)
    RAPPEL_TRY(sink.warning(fmt::format("{} character{} could not be decoded as {}", decoded.bad,
                                        decoded.bad == 1 ? "" : "s", decoded.encoding)));
  if (bytes.size() > kMostTextBytes)
    RAPPEL_TRY(sink.warning(fmt::format("only its first {} MiB are read", kMostTextBytes >> 20)));
  if (decoded.declared_wrong)
    RAPPEL_TRY(sink.warning(
        fmt::format("its declared charset does not fit its bytes; it was read as {}", decoded.encoding)));
  return {};
}

}  // namespace rappel::extractor
