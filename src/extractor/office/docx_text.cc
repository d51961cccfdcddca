#include "extractor/office/docx_text.h"

#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "extractor/office/math.h"
#include "extractor/office/ooxml.h"
#include "extractor/office/text.h"

namespace rappel::extractor {
namespace {

constexpr std::size_t kMostFields = 64;
constexpr std::size_t kMostAnchored = 10'000;  // of one paragraph

enum class Element { kOther, kRun, kInside, kContentControl, kAlternate, kMath, kBlocks, kComment };

Element element_of(std::string_view name) {
  constexpr std::pair<std::string_view, Element> kElements[] = {
      {"w:r", Element::kRun},
      {"w:hyperlink", Element::kInside},
      {"w:smartTag", Element::kInside},
      {"w:customXml", Element::kInside},
      {"w:ins", Element::kInside},
      {"w:moveTo", Element::kInside},
      {"w:fldSimple", Element::kInside},
      {"w:dir", Element::kInside},
      {"w:bdo", Element::kInside},
      {"w:sdt", Element::kContentControl},
      {"mc:AlternateContent", Element::kAlternate},
      {"m:oMath", Element::kMath},
      {"m:oMathPara", Element::kMath},
      {"w:p", Element::kBlocks},
      {"w:tbl", Element::kBlocks},
  };
  for (const auto& [known, element] : kElements)
    if (known == name) return element;
  return Element::kOther;
}

// Signs of the font Symbol, which has Greek letters in place of the Latin ones.
std::string symbol_letter(unsigned code) {
  constexpr std::u32string_view kUpper = U"ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ";
  constexpr std::u32string_view kLower = U"αβχδεφγηιϕκλμνοπθρστυϖωξψζ";
  std::string text;
  if (code >= 'A' && code <= 'Z') utf8_append(text, kUpper[code - 'A']);
  if (code >= 'a' && code <= 'z') utf8_append(text, kLower[code - 'a']);
  return text;
}

// Places of the private use area are signs of a font; only those of Symbol are known.
std::string symbol(XmlNode node) {
  const auto code = static_cast<unsigned>(
      std::strtoul(std::string(attribute(node, "w:char").substr(0, 6)).c_str(), nullptr, 16));
  if (code >= 0xF020 && code <= 0xF0FF)
    return attribute(node, "w:font") == "Symbol" ? symbol_letter(code - 0xF000) : "";
  std::string text;
  const bool character = code >= 0x20 && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
  if (character && (code < 0xE000 || code > 0xF8FF)) utf8_append(text, static_cast<char32_t>(code));
  return text;
}

bool is_hidden(XmlNode run) {
  const XmlNode vanish = child(child(run, "w:rPr"), "w:vanish");
  return vanish && is_on(attribute(vanish, "w:val"));
}

// Text boxes, charts, diagrams and word art in a drawing.
void find_anchored(XmlNode top, std::vector<Anchored>& found) {
  for (XmlNode at = top; at && found.size() < kMostAnchored;) {
    const std::string_view name = name_of(at);
    bool enter = true;
    if (name == "w:txbxContent") {
      found.push_back({Anchored::Kind::kBlocks, at});
      enter = false;
    } else if (name == "a:p") {
      found.push_back({Anchored::Kind::kDrawing, at.parent()});
      at = at.parent();
      enter = false;
    } else if (name == "c:chart") {
      found.push_back({Anchored::Kind::kChart, {}, std::string(attribute(at, "r:id"))});
    } else if (name == "dgm:relIds") {
      found.push_back({Anchored::Kind::kDiagram, {}, std::string(attribute(at, "r:dm"))});
    } else if (name == "v:textpath") {
      found.push_back({Anchored::Kind::kText, {}, std::string(attribute(at, "string"))});
    } else if (name == "mc:Fallback") {
      // Says the same as the choice before it.
      enter = !at.previous_sibling().first_child();
    }
    if (at == top && !enter) return;
    at = next_in(at, top, enter);
  }
}

}  // namespace

void DocxText::add(XmlNode paragraph, DocxLine& line) {
  add_children(paragraph, line, kMaxXmlDepth);
  // Fields may span paragraphs, but their code does not; so a field without an end costs one paragraph.
  std::fill(fields_.begin(), fields_.end(), false);
}

void DocxText::add_children(XmlNode parent, DocxLine& line, int depth) {
  if (depth == 0) return;
  for (const XmlNode node : parent.children()) add_element(node, line, depth - 1);
}

void DocxText::add_element(XmlNode node, DocxLine& line, int depth) {
  switch (element_of(name_of(node))) {
    case Element::kRun: return add_run(node, line, depth);
    case Element::kInside: return add_children(node, line, depth);
    case Element::kContentControl: return add_children(child(node, "w:sdtContent"), line, depth);
    case Element::kAlternate: return add_children(chosen_alternative(node), line, depth);
    case Element::kMath: return add_text(math_text(node), line);
    case Element::kBlocks: line.anchored.push_back({Anchored::Kind::kBlocks, node.parent()}); return;
    default: return;
  }
}

void DocxText::add_run(XmlNode run, DocxLine& line, int depth) {
  if (depth == 0) return;
  const bool hidden = is_hidden(run);
  for (const XmlNode node : run.children()) {
    if (name_of(node) == "w:fldChar")
      change_field(node);
    else if (!hidden)
      add_in_run(node, line, depth - 1);
  }
}

void DocxText::add_in_run(XmlNode node, DocxLine& line, int depth) {
  const std::string_view name = name_of(node);
  const auto note = [&](NoteKind kind) {
    line.notes.push_back({kind, std::string(attribute(node, "w:id"))});
  };
  if (name == "w:t") return add_text(all_text(node), line);
  if (name == "w:tab" || name == "w:ptab") return add_text("\t", line);
  if (name == "w:br" || name == "w:cr") return add_text("\n", line);
  if (name == "w:noBreakHyphen") return add_text("-", line);
  if (name == "w:sym") return add_text(symbol(node), line);
  if (name == "w:footnoteReference") return note(NoteKind::kFootnote);
  if (name == "w:endnoteReference") return note(NoteKind::kEndnote);
  if (name == "w:commentReference") return note(NoteKind::kComment);
  if (name == "w:ruby") return add_children(child(node, "w:rubyBase"), line, depth);
  if (name == "w:drawing" || name == "w:pict" || name == "w:object")
    return find_anchored(node, line.anchored);
  if (name == "mc:AlternateContent") {
    for (const XmlNode part : chosen_alternative(node).children())
      if (depth > 0) add_in_run(part, line, depth - 1);
    return;
  }
  // Runs in runs, and tables where only text may be.
  add_element(node, line, depth);
}

void DocxText::add_text(std::string_view text, DocxLine& line) const {
  if (!in_code()) line.text += text;
}

void DocxText::change_field(XmlNode node) {
  const std::string_view type = attribute(node, "w:fldCharType");
  if (type == "begin" && fields_.size() < kMostFields) fields_.push_back(true);
  if (fields_.empty()) return;
  if (type == "separate") fields_.back() = false;
  if (type == "end") fields_.pop_back();
}

bool DocxText::in_code() const { return std::find(fields_.begin(), fields_.end(), true) != fields_.end(); }

}  // namespace rappel::extractor
