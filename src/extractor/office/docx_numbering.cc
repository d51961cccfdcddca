#include "extractor/office/docx_numbering.h"

#include <algorithm>
#include <utility>

#include "extractor/office/text.h"

namespace rappel::extractor {
namespace {

std::string roman(int number) {
  constexpr std::array<std::pair<int, const char*>, 13> kSigns = {{{1000, "m"},
                                                                   {900, "cm"},
                                                                   {500, "d"},
                                                                   {400, "cd"},
                                                                   {100, "c"},
                                                                   {90, "xc"},
                                                                   {50, "l"},
                                                                   {40, "xl"},
                                                                   {10, "x"},
                                                                   {9, "ix"},
                                                                   {5, "v"},
                                                                   {4, "iv"},
                                                                   {1, "i"}}};
  std::string text;
  for (const auto& [value, sign] : kSigns)
    for (; number >= value; number -= value) text += sign;
  return text;
}

// a .. z, aa, bb, ..
std::string letters(int number) {
  return std::string(static_cast<std::size_t>((number - 1) / 26 + 1),
                     static_cast<char>('a' + (number - 1) % 26));
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(c - 'a' + 'A');
  return text;
}

}  // namespace

std::string format_number(int number, std::string_view format) {
  const std::string decimal = std::to_string(number);
  if (number < 1 || number > 3999) return decimal;
  if (format == "lowerRoman") return roman(number);
  if (format == "upperRoman") return upper(roman(number));
  if (number <= 260 && format == "lowerLetter") return letters(number);
  if (number <= 260 && format == "upperLetter") return upper(letters(number));
  if (format == "decimalZero" && number < 10) return '0' + decimal;
  return decimal;
}

Numbering::Level Numbering::read_level(XmlNode node) {
  Level level;
  level.start = to_int(attribute(child(node, "w:start"), "w:val"), 1);
  level.restart = to_int(attribute(child(node, "w:lvlRestart"), "w:val"), -1);
  const XmlNode legal = child(node, "w:isLgl");
  level.legal = legal && is_on(attribute(legal, "w:val"));
  level.format = attribute(child(node, "w:numFmt"), "w:val");
  level.text = attribute(child(node, "w:lvlText"), "w:val");
  return level;
}

void Numbering::load(XmlNode numbering) {
  for (const XmlNode node : numbering.children("w:abstractNum")) {
    Scheme scheme;
    scheme.style = attribute(child(node, "w:styleLink"), "w:val");
    scheme.style_link = attribute(child(node, "w:numStyleLink"), "w:val");
    for (const XmlNode level : node.children("w:lvl"))
      if (const int at = to_int(attribute(level, "w:ilvl"), -1); at >= 0 && at < kLevels)
        scheme.levels[static_cast<std::size_t>(at)] = read_level(level);
    schemes_.emplace(attribute(node, "w:abstractNumId"), std::move(scheme));
  }
  for (const XmlNode node : numbering.children("w:num")) {
    List list;
    list.scheme = attribute(child(node, "w:abstractNumId"), "w:val");
    for (const XmlNode change : node.children("w:lvlOverride")) {
      const int at = to_int(attribute(change, "w:ilvl"), -1);
      if (at < 0 || at >= kLevels) continue;
      if (const XmlNode level = child(change, "w:lvl")) list.levels.emplace(at, read_level(level));
      if (const XmlNode start = child(change, "w:startOverride"))
        list.starts.emplace(at, to_int(attribute(start, "w:val"), 1));
    }
    lists_.emplace(attribute(node, "w:numId"), std::move(list));
  }
  follow_style_links();
}

// A scheme may stand for that of a style.
void Numbering::follow_style_links() {
  std::map<std::string_view, std::string_view> by_style;
  for (const auto& [id, scheme] : schemes_)
    if (!scheme.style.empty()) by_style.emplace(scheme.style, id);
  for (auto& [id, list] : lists_) {
    const auto scheme = schemes_.find(list.scheme);
    if (scheme == schemes_.end() || scheme->second.style_link.empty()) continue;
    if (const auto linked = by_style.find(scheme->second.style_link); linked != by_style.end())
      list.scheme = linked->second;
  }
}

const Numbering::Level& Numbering::level_of(const Scheme& scheme, const List& list, int level) const {
  const auto changed = list.levels.find(level);
  return changed != list.levels.end() ? changed->second : scheme.levels[static_cast<std::size_t>(level)];
}

std::string Numbering::render(const Scheme& scheme, const List& list, int level) const {
  const Level& own = level_of(scheme, list, level);
  if (own.format == "bullet" || own.format == "none") return "";
  std::string text;
  for (std::size_t i = 0; i < own.text.size() && text.size() < 256; ++i) {
    const bool place = own.text[i] == '%' && i + 1 < own.text.size() && own.text[i + 1] >= '1' &&
                       own.text[i + 1] <= '0' + kLevels;
    if (!place) {
      text += own.text[i];
      continue;
    }
    const int at = own.text[++i] - '1';
    const auto index = static_cast<std::size_t>(at);
    const Level& other = level_of(scheme, list, at);
    const int count = scheme.begun[index] ? scheme.counts[index] : other.start;
    text += format_number(count, own.legal && at != level ? "decimal" : other.format);
  }
  return tidy(std::move(text));
}

std::string Numbering::next(std::string_view list_id, int level) {
  const auto found = lists_.find(list_id);
  if (found == lists_.end() || level < 0 || level >= kLevels) return "";
  List& list = found->second;
  const auto its_scheme = schemes_.find(list.scheme);
  if (its_scheme == schemes_.end()) return "";
  Scheme* scheme = &its_scheme->second;
  if (!list.begun)
    for (const auto& [at, start] : list.starts) scheme->begun[static_cast<std::size_t>(at)] = false;
  list.begun = true;

  const auto own = static_cast<std::size_t>(level);
  const auto start = list.starts.find(level);
  if (scheme->begun[own] && scheme->counts[own] < 1'000'000'000)
    ++scheme->counts[own];
  else
    scheme->counts[own] = start != list.starts.end() ? start->second : level_of(*scheme, list, level).start;
  scheme->begun[own] = true;
  for (int deeper = level + 1; deeper < kLevels; ++deeper) {
    const int restart = level_of(*scheme, list, deeper).restart;
    if (restart < 0 || level < restart) scheme->begun[static_cast<std::size_t>(deeper)] = false;
  }
  return render(*scheme, list, level);
}

}  // namespace rappel::extractor
