#include "extractor/plain/convert.h"

#include <unicode/ucnv.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>

#include "base/ascii.h"

namespace rappel::extractor {
namespace {

struct Alias {
  std::string_view name, usual;
};

// A superset that files under the first name are really written in.
constexpr Alias kAliases[] = {
    {"ascii", "windows-1252"},
    {"us-ascii", "windows-1252"},
    {"iso-8859-1", "windows-1252"},
    {"iso8859-1", "windows-1252"},
    {"iso_8859-1", "windows-1252"},
    {"latin1", "windows-1252"},
    {"latin-1", "windows-1252"},
    {"l1", "windows-1252"},
    {"iso-8859-9", "windows-1254"},
    {"latin5", "windows-1254"},
    {"iso-8859-11", "windows-874"},
    {"tis-620", "windows-874"},
    {"cp874", "windows-874"},
    {"gb2312", "gb18030"},
    {"gb_2312-80", "gb18030"},
    {"gbk", "gb18030"},
    {"cp936", "gb18030"},
    {"windows-936", "gb18030"},
    {"euc-cn", "gb18030"},
    {"shift_jis", "windows-31j"},
    {"shift-jis", "windows-31j"},
    {"sjis", "windows-31j"},
    {"x-sjis", "windows-31j"},
    {"cp932", "windows-31j"},
    {"ms932", "windows-31j"},
    {"windows-932", "windows-31j"},
    {"euc-kr", "windows-949"},
    {"ks_c_5601-1987", "windows-949"},
    {"ksc5601", "windows-949"},
    {"uhc", "windows-949"},
    {"cp949", "windows-949"},
    {"unicode", "utf-8"},
    {"utf8", "utf-8"},
    {"utf-8-sig", "utf-8"},
    {"utf16", "utf-16"},
    {"mac", "macintosh"},
    {"mac-cyrillic", "x-mac-cyrillic"},
    {"x-mac-roman", "macintosh"},
    {"mac-roman", "macintosh"},
    {"cp500", "ibm500"},
};

struct Close {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, Close>;

Converter open(const char* name) {
  UErrorCode error = U_ZERO_ERROR;
  Converter converter(ucnv_open(name, &error));
  return U_SUCCESS(error) ? std::move(converter) : Converter();
}

// Letters, digits and a few signs; ICU takes "" for the default of the system.
bool is_name(std::string_view name) {
  return !name.empty() && name.size() < 40 && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.' || c == ':';
  });
}

std::size_t count_replacements(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = text.find("\xEF\xBF\xBD"); at != std::string_view::npos;
       at = text.find("\xEF\xBF\xBD", at + 3))
    ++count;
  return count;
}

// A part of the bytes at a time, because the result is up to three times as long.
bool convert(std::string_view bytes, UConverter* from, UConverter* to, std::string& text) {
  std::array<char, 16384> part;
  std::array<UChar, 4096> pivot;
  UChar *pivot_source = pivot.data(), *pivot_target = pivot.data();
  const char* source = bytes.data();
  for (bool first = true;; first = false) {
    char* target = part.data();
    UErrorCode error = U_ZERO_ERROR;
    ucnv_convertEx(to, from, &target, part.data() + part.size(), &source, bytes.data() + bytes.size(),
                   pivot.data(), &pivot_source, &pivot_target, pivot.data() + pivot.size(),
                   static_cast<UBool>(first), true, &error);
    text.append(part.data(), target);
    if (error != U_BUFFER_OVERFLOW_ERROR) return U_SUCCESS(error);
  }
}

}  // namespace

std::string usual_encoding(std::string_view name) {
  std::string lower = lower_case(name);
  const auto* alias =
      std::find_if(std::begin(kAliases), std::end(kAliases), [&](const Alias& a) { return a.name == lower; });
  return alias == std::end(kAliases) ? lower : std::string(alias->usual);
}

std::optional<Converted> convert_to_utf8(std::string_view bytes, std::string_view encoding) {
  if (!is_name(encoding)) return std::nullopt;
  const Converter from = open(usual_encoding(encoding).c_str()), to = open("utf-8");
  if (from == nullptr || to == nullptr) return std::nullopt;
  Converted converted;
  converted.text.reserve(bytes.size() + bytes.size() / 2);
  if (!convert(bytes, from.get(), to.get(), converted.text)) return std::nullopt;
  converted.bad = count_replacements(converted.text);
  return converted;
}

}  // namespace rappel::extractor
