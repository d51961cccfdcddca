#include "extractor/office/odf_blocks.h"
#include "extractor/office/xml_part.h"

#include <algorithm>
#include <utility>

namespace rappel::extractor {
namespace {

constexpr int kMostRepeats = 64;             // of a cell or row that are written out
constexpr std::size_t kMostRepeated = 4096;  // bytes
constexpr int kMostBlanks = 32;              // of one text:s

enum class Element { kOther, kParagraph, kHeading, kList, kGroup, kTable, kDrawing, kComment };

Element element_of(std::string_view name) {
  constexpr std::pair<std::string_view, Element> kElements[] = {
      {"text:p", Element::kParagraph},
      {"text:h", Element::kHeading},
      {"text:list", Element::kList},
      {"text:list-item", Element::kGroup},
      {"text:list-header", Element::kGroup},
      {"text:section", Element::kGroup},
      {"text:numbered-paragraph", Element::kGroup},
      {"text:table-of-content", Element::kGroup},
      {"text:alphabetical-index", Element::kGroup},
      {"text:illustration-index", Element::kGroup},
      {"text:table-index", Element::kGroup},
      {"text:object-index", Element::kGroup},
      {"text:user-index", Element::kGroup},
      {"text:bibliography", Element::kGroup},
      {"text:index-body", Element::kGroup},
      {"text:index-title", Element::kGroup},
      {"chart:chart", Element::kGroup},
      {"chart:title", Element::kGroup},
      {"chart:subtitle", Element::kGroup},
      {"office:text", Element::kGroup},
      {"office:chart", Element::kGroup},
      {"table:table", Element::kTable},
      {"office:annotation", Element::kComment},
  };
  for (const auto& [known, element] : kElements)
    if (known == name) return element;
  return name.starts_with("draw:") ? Element::kDrawing : Element::kOther;
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Blanks in the file are one blank; more of them are elements.
void add_collapsed(std::string& text, std::string_view more) {
  for (const char c : more) {
    if (!is_blank(c))
      text += c;
    else if (!text.empty() && text.back() != ' ' && text.back() != '\n')
      text += ' ';
  }
}

// How often a cell or row is written out. Once if that would be much, so that tables in repeated cells do not
// multiply.
int repeats(XmlNode node, const char* name, const std::string& text) {
  const int count = std::max(1, to_int(attribute(node, name), 1));
  return count > kMostRepeats || text.size() > kMostRepeated / static_cast<std::size_t>(count) ? 1 : count;
}

bool has_one_cell(XmlNode table) {
  const XmlNode row = child(table, "table:table-row"), cell = child(row, "table:table-cell");
  return cell && !cell.next_sibling() && !row.next_sibling("table:table-row") &&
         !child(table, "table:table-header-rows") && !child(table, "table:table-rows");
}

// MathML without its annotation, which says the same in another language.
std::string formula_text(XmlNode math) {
  std::string text;
  for (XmlNode at = next_in(math, math); at;) {
    const bool annotation = name_of(at).ends_with("annotation");
    if (at.type() == pugi::node_pcdata) text += at.value();
    at = next_in(at, math, !annotation);
  }
  return one_line(text);
}

}  // namespace

Status OdfBlocks::give_each(XmlNode parent, const Give& give, Place place, int depth) {
  if (depth == 0) return {};
  for (const XmlNode node : parent.children()) RAPPEL_TRY(give_node(node, give, place, depth - 1));
  return {};
}

Status OdfBlocks::give_node(XmlNode node, const Give& give, Place place, int depth) {
  switch (element_of(name_of(node))) {
    case Element::kParagraph:
    case Element::kHeading: return give_paragraph(node, give, place, depth);
    case Element::kList: return give_each(node, give, {place.list + 1}, depth);
    case Element::kGroup: return give_each(node, give, place, depth);
    case Element::kTable: return give_table(node, give, depth);
    case Element::kDrawing: return give_anchored(node, give, depth);
    case Element::kComment: return give_comment(node, give, depth);
    case Element::kOther: return {};
  }
  return {};
}

Status OdfBlocks::give_paragraph(XmlNode node, const Give& give, Place place, int depth) {
  Line line;
  add_children(node, line, depth);
  Block block{.kind = BlockKind::kParagraph, .text = tidy(std::move(line.text))};
  if (name_of(node) == "text:h") {
    block.kind = BlockKind::kHeading;
    block.level = std::clamp(to_int(attribute(node, "text:outline-level"), 1), 1, 9);
  } else if (place.list > 0) {
    block.kind = BlockKind::kListItem;
    block.level = std::min(place.list - 1, 8);
  } else if (styles_.is(attribute(node, "text:style-name"), "Title")) {
    block.kind = BlockKind::kHeading;
    block.level = 1;
  }
  RAPPEL_TRY(give(std::move(block)));
  for (const XmlNode anchored : line.anchored) RAPPEL_TRY(give_node(anchored, give, {}, depth));
  return {};
}

// draw:frame, draw:text-box, shapes with text in them and groups of all these.
Status OdfBlocks::give_anchored(XmlNode node, const Give& give, int depth) {
  if (name_of(node) == "draw:object") return give_object(node, give, depth);
  return give_each(node, give, {}, depth);
}

// A chart or a formula, which is a document of its own in the package.
Status OdfBlocks::give_object(XmlNode node, const Give& give, int depth) {
  const std::string part = resolve_part("", attribute(node, "xlink:href")) + "/content.xml";
  XmlTree tree;
  if (!package_.contains(part) || depth < kMaxXmlDepth / 2 || !objects_.insert(part).second) return {};
  if (!load_xml_part(package_, part, XmlSpace::kAll, tree)) return {};
  const XmlNode root = tree.document_element();
  if (name_of(root).ends_with("math"))
    return give({.kind = BlockKind::kParagraph, .text = formula_text(root)});
  return give_each(child(root, "office:body"), give, {}, depth / 2);
}

Status OdfBlocks::give_comment(XmlNode node, const Give& give, int depth) {
  std::string text;
  RAPPEL_TRY(give_each(node, into(text), {}, depth));
  const std::string author = one_line(all_text(child(node, "dc:creator")));
  if (!author.empty() && !text.empty()) text = author + ": " + text;
  return give({.kind = BlockKind::kNote, .text = std::move(text)});
}

Status OdfBlocks::give_table(XmlNode node, const Give& give, int depth) {
  // A frame around text.
  if (has_one_cell(node))
    return give_each(child(child(node, "table:table-row"), "table:table-cell"), give, {}, depth);
  std::uint32_t rows = 0;
  return give_rows(node, rows, false, give, depth);
}

Status OdfBlocks::give_rows(XmlNode parent, std::uint32_t& rows, bool header, const Give& give, int depth) {
  if (depth == 0) return {};
  for (const XmlNode node : parent.children()) {
    const std::string_view name = name_of(node);
    if (name == "table:table-row")
      RAPPEL_TRY(give_row(node, rows, header, give, depth - 1));
    else if (name == "table:table-header-rows")
      RAPPEL_TRY(give_rows(node, rows, true, give, depth - 1));
    else if (name == "table:table-rows" || name == "table:table-row-group")
      RAPPEL_TRY(give_rows(node, rows, header, give, depth - 1));
  }
  return {};
}

Status OdfBlocks::give_row(XmlNode node, std::uint32_t& rows, bool header, const Give& give, int depth) {
  std::string text;
  for (const XmlNode cell : node.children()) {
    const std::string_view name = name_of(cell);
    if (name != "table:table-cell" && name != "table:covered-table-cell") continue;
    std::string content;
    if (name == "table:table-cell") RAPPEL_TRY(give_each(cell, into(content), {}, depth));
    for (int i = repeats(cell, "table:number-columns-repeated", content); i > 0; --i) text += content + '\t';
  }
  if (!text.empty()) text.pop_back();
  text = tidy_row(std::move(text));
  for (int i = repeats(node, "table:number-rows-repeated", text); i > 0; --i)
    RAPPEL_TRY(give({.kind = BlockKind::kTableRow, .text = text, .row = ++rows, .header_row = header}));
  return {};
}

void OdfBlocks::add_children(XmlNode parent, Line& line, int depth) {
  if (depth == 0) return;
  for (const XmlNode node : parent.children()) add_node(node, line, depth - 1);
}

void OdfBlocks::add_node(XmlNode node, Line& line, int depth) {
  if (node.type() != pugi::node_element) return add_collapsed(line.text, node.value());
  const std::string_view name = name_of(node);
  if (name == "text:tab") {
    line.text += '\t';
  } else if (name == "text:line-break") {
    line.text += '\n';
  } else if (name == "text:s") {
    const int count = std::clamp(to_int(attribute(node, "text:c"), 1), 1, kMostBlanks);
    line.text.append(static_cast<std::size_t>(count), ' ');
  } else if (name == "text:note") {
    add_note(node, depth);
  } else if (name == "text:ruby") {
    add_children(child(node, "text:ruby-base"), line, depth);
  } else if (name == "office:annotation" || name.starts_with("draw:") || name == "table:table") {
    // A link around a picture or shape is one of text, too.
    if (name == "draw:a")
      add_children(node, line, depth);
    else
      line.anchored.push_back(node);
  } else if (name != "text:script" && name != "text:hidden-text" && name != "text:tracked-changes") {
    add_children(node, line, depth);
  }
}

void OdfBlocks::add_note(XmlNode node, int depth) {
  std::string text;
  (void)give_each(child(node, "text:note-body"), into(text), {}, depth);
  if (!text.empty()) notes_.push_back(std::move(text));
}

}  // namespace rappel::extractor
