#include "extractor/rtf/rtf_words.h"

#include <unordered_map>

namespace rappel::extractor {
namespace {

struct Charset {
  long charset;
  std::string_view encoding;
};

constexpr Charset kCharsets[] = {
    {77, "macintosh"},     {128, "windows-31j"},  {129, "windows-949"},  {130, "windows-949"},
    {134, "gb18030"},      {136, "big5"},         {161, "windows-1253"}, {162, "windows-1254"},
    {163, "windows-1258"}, {177, "windows-1255"}, {178, "windows-1256"}, {186, "windows-1257"},
    {204, "windows-1251"}, {222, "windows-874"},  {238, "windows-1250"}, {254, "cp437"},
    {255, "cp850"},
};

using Words = std::unordered_map<std::string_view, std::string_view>;

const Words kCharacters = {
    {"tab", "\t"},
    {"line", "\n"},
    {"lbr", "\n"},
    {"softline", "\n"},
    {"emdash", "\xE2\x80\x94"},
    {"endash", "\xE2\x80\x93"},
    {"lquote", "\xE2\x80\x98"},
    {"rquote", "\xE2\x80\x99"},
    {"ldblquote", "\xE2\x80\x9C"},
    {"rdblquote", "\xE2\x80\x9D"},
    {"bullet", "\xE2\x80\xA2"},
    {"emspace", " "},
    {"enspace", " "},
    {"qmspace", " "},
    {"zwj", "\xE2\x80\x8D"},
    {"zwnj", "\xE2\x80\x8C"},
};

using Groups = std::unordered_map<std::string_view, RtfGroup>;

Groups make_groups() {
  Groups groups = {
      {"fonttbl", RtfGroup::kFonts},  {"stylesheet", RtfGroup::kStyles}, {"info", RtfGroup::kInfo},
      {"footnote", RtfGroup::kNote},  {"annotation", RtfGroup::kNote},   {"shptxt", RtfGroup::kBox},
      {"dptxbxtext", RtfGroup::kBox}, {"shpinst", RtfGroup::kEnter},     {"do", RtfGroup::kEnter},
      {"moMath", RtfGroup::kEnter},   {"moMathPara", RtfGroup::kEnter},  {"mr", RtfGroup::kEnter},
      {"fldrslt", RtfGroup::kEnter},  {"result", RtfGroup::kEnter}};
  for (const std::string_view word :
       {"colortbl",  "pict",    "objdata", "fldinst",   "header",     "headerl",   "headerr",     "headerf",
        "footer",    "footerl", "footerr", "footerf",   "nonshppict", "shprslt",   "sp",          "xe",
        "tc",        "tcn",     "rxe",     "listtable", "revtbl",     "filetbl",   "template",    "ftnsep",
        "ftnsepc",   "ftncn",   "aftnsep", "aftnsepc",  "aftncn",     "objclass",  "objname",     "atnid",
        "atnauthor", "atnref",  "atndate", "atnicn",    "atrfstart",  "atrfend",   "bkmkstart",   "bkmkend",
        "private",   "comment", "keycode", "pgptbl",    "themedata",  "datastore", "listpicture", "blipuid"})
    groups[word] = RtfGroup::kSkip;
  return groups;
}

}  // namespace

std::string rtf_charset(long charset) {
  for (const Charset& known : kCharsets)
    if (known.charset == charset) return std::string(known.encoding);
  return {};
}

std::string rtf_codepage(long codepage) {
  switch (codepage) {
    case 932: return "windows-31j";
    case 936: return "gb18030";
    case 949:
    case 1361: return "windows-949";
    case 950: return "big5";
    case 874: return "windows-874";
    case 10000: return "macintosh";
    case 65001: return "utf-8";
    default: break;
  }
  if (codepage >= 1250 && codepage <= 1258) return "windows-" + std::to_string(codepage);
  return codepage >= 437 && codepage < 900 ? "cp" + std::to_string(codepage) : std::string();
}

std::string_view rtf_character(std::string_view word) {
  const auto found = kCharacters.find(word);
  return found == kCharacters.end() ? std::string_view() : found->second;
}

RtfGroup rtf_group(std::string_view word) {
  static const Groups groups = make_groups();
  const auto found = groups.find(word);
  return found == groups.end() ? RtfGroup::kNone : found->second;
}

}  // namespace rappel::extractor
