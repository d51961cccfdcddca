#include "extractor/office/docx_styles.h"

#include "extractor/office/package.h"
#include "extractor/office/text.h"

namespace rappel::extractor {
namespace {

constexpr int kMostBases = 32;
constexpr int kBodyText = 9;  // w:outlineLvl

// By the English name that every translation keeps.
int heading_by_name(std::string_view name) {
  const std::string lower = lower_case(name);
  if (lower == "title") return 1;
  if (!lower.starts_with("heading ") || lower.size() != 9) return 0;
  return lower[8] >= '1' && lower[8] <= '9' ? lower[8] - '0' : 0;
}

}  // namespace

void ParagraphStyles::load(XmlNode styles) {
  for (const XmlNode style : styles.children("w:style")) {
    if (attribute(style, "w:type") != "paragraph") continue;
    const XmlNode properties = child(style, "w:pPr"), number = child(properties, "w:numPr");
    Entry entry;
    entry.base = attribute(child(style, "w:basedOn"), "w:val");
    entry.outline = to_int(attribute(child(properties, "w:outlineLvl"), "w:val"), -1);
    entry.numbering = attribute(child(number, "w:numId"), "w:val");
    entry.level = to_int(attribute(child(number, "w:ilvl"), "w:val"), -1);
    entry.named = heading_by_name(attribute(child(style, "w:name"), "w:val"));
    const std::string id(attribute(style, "w:styleId"));
    if (style.attribute("w:default").as_bool()) default_ = id;
    entries_.emplace(id, std::move(entry));
  }
}

ParagraphStyle ParagraphStyles::find(std::string_view id) const {
  ParagraphStyle found;
  int outline = -1, level = -1;
  auto at = entries_.find(id);
  if (at == entries_.end()) at = entries_.find(default_);
  for (int hop = 0; hop < kMostBases && at != entries_.end(); ++hop) {
    const Entry& entry = at->second;
    if (outline < 0) outline = entry.outline;
    if (outline < 0 && entry.named > 0) outline = entry.named - 1;
    if (found.numbering.empty()) found.numbering = entry.numbering;
    if (level < 0) level = entry.level;
    at = entries_.find(entry.base);
  }
  if (outline >= 0 && outline < kBodyText) found.heading = outline + 1;
  found.numbering_level = level < 0 ? 0 : level;
  return found;
}

}  // namespace rappel::extractor
