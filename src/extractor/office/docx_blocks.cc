#include "extractor/office/docx_blocks.h"

#include <algorithm>
#include <utility>

#include "extractor/office/drawing.h"

namespace rappel::extractor {
namespace {

constexpr int kMostSpan = 63;

// Elements between a table or paragraph and its holder.
XmlNode content_of(XmlNode node) {
  const std::string_view name = name_of(node);
  if (name == "w:sdt") return child(node, "w:sdtContent");
  if (name == "mc:AlternateContent") return chosen_alternative(node);
  if (name == "w:customXml" || name == "w:smartTag" || name == "w:ins" || name == "w:moveTo") return node;
  return {};
}

// The end of the paragraph is deleted: its text and that of the next one are one paragraph.
bool joins_next(XmlNode properties) {
  const XmlNode mark = child(properties, "w:rPr");
  return child(mark, "w:del") || child(mark, "w:moveFrom");
}

bool has_one_cell(XmlNode table) {
  const XmlNode row = child(table, "w:tr");
  return child(row, "w:tc") && !row.next_sibling("w:tr") && !child(row, "w:tc").next_sibling("w:tc") &&
         !child(row, "w:sdt") && !child(table, "w:sdt");
}

// Word marks the first row of almost every table as one that looks different.
bool first_is_header(XmlNode table) {
  const XmlNode look = child(child(table, "w:tblPr"), "w:tblLook");
  const std::string_view flag = attribute(look, "w:firstRow");
  if (!flag.empty()) return is_on(flag);
  const std::string_view bits = attribute(look, "w:val");
  return bits.size() == 4 && (bits[2] == '2' || bits[2] == 'A' || bits[2] == 'a' || bits[2] == '6');
}

int span_of(XmlNode properties, const char* name) {
  return std::clamp(to_int(attribute(child(properties, name), "w:val"), 0), 0, kMostSpan);
}

}  // namespace

Status DocxBlocks::give_all(XmlNode parent, const Give& give, int depth) {
  DocxLine line;
  RAPPEL_TRY(give_each(parent, line, give, depth));
  if (line.text.empty()) return {};
  return give({.kind = BlockKind::kParagraph, .text = tidy(std::move(line.text))});
}

Status DocxBlocks::give_each(XmlNode parent, DocxLine& line, const Give& give, int depth) {
  if (depth == 0) return {};
  for (const XmlNode node : parent.children()) {
    const std::string_view name = name_of(node);
    if (name == "w:p")
      RAPPEL_TRY(give_paragraph(node, line, give, depth - 1));
    else if (name == "w:tbl")
      RAPPEL_TRY(give_table(node, give, depth - 1));
    else if (const XmlNode content = content_of(node))
      RAPPEL_TRY(give_each(content, line, give, depth - 1));
  }
  return {};
}

Status DocxBlocks::give_paragraph(XmlNode node, DocxLine& line, const Give& give, int depth) {
  text_.add(node, line);
  if (joins_next(child(node, "w:pPr"))) return {};
  DocxLine whole = std::exchange(line, {});
  std::move(whole.notes.begin(), whole.notes.end(), std::back_inserter(notes_));
  RAPPEL_TRY(give(block_of(node, tidy(std::move(whole.text)))));
  XmlNode before;
  for (const Anchored& anchored : whole.anchored) {
    // Several paragraphs of one body were found one by one.
    if (!anchored.node || anchored.node != before) RAPPEL_TRY(give_anchored(anchored, give, depth));
    before = anchored.node;
  }
  return {};
}

Block DocxBlocks::block_of(XmlNode paragraph, std::string text) {
  const XmlNode properties = child(paragraph, "w:pPr"), own = child(properties, "w:numPr");
  ParagraphStyle style = document_.styles.find(attribute(child(properties, "w:pStyle"), "w:val"));
  if (const XmlNode list = child(own, "w:numId")) style.numbering = attribute(list, "w:val");
  if (const XmlNode level = child(own, "w:ilvl"))
    style.numbering_level = to_int(attribute(level, "w:val"), 0);
  if (const XmlNode outline = child(properties, "w:outlineLvl")) {
    const int level = to_int(attribute(outline, "w:val"), -1);
    style.heading = level >= 0 && level < 9 ? level + 1 : 0;
  }
  const bool listed = !style.numbering.empty() && style.numbering != "0";
  if (listed) {
    const std::string number = document_.numbering.next(style.numbering, style.numbering_level);
    if (!number.empty() && !text.empty()) text = number + ' ' + text;
  }
  if (style.heading > 0)
    return {.kind = BlockKind::kHeading, .text = std::move(text), .level = style.heading};
  if (listed)
    return {.kind = BlockKind::kListItem,
            .text = std::move(text),
            .level = std::clamp(style.numbering_level, 0, 8)};
  return {.kind = BlockKind::kParagraph, .text = std::move(text)};
}

Status DocxBlocks::give_anchored(const Anchored& anchored, const Give& give, int depth) {
  switch (anchored.kind) {
    case Anchored::Kind::kBlocks: return give_all(anchored.node, give, depth);
    case Anchored::Kind::kDrawing: return give_drawing_body(anchored.node, BlockKind::kParagraph, give);
    case Anchored::Kind::kChart: return give_chart(document_.package, target_once(anchored.value), give);
    case Anchored::Kind::kDiagram: return give_diagram(document_.package, target_once(anchored.value), give);
    case Anchored::Kind::kText: return give({.kind = BlockKind::kParagraph, .text = tidy(anchored.value)});
  }
  return {};
}

std::string DocxBlocks::target_once(const std::string& relation) {
  const std::string target = target_of(relations_, relation);
  return document_.given.insert(target).second ? target : "";
}

Status DocxBlocks::give_table(XmlNode node, const Give& give, int depth) {
  // A frame around text.
  if (has_one_cell(node)) return give_all(child(child(node, "w:tr"), "w:tc"), give, depth);
  Table table{.first_is_header = first_is_header(node)};
  return give_rows(node, table, give, depth);
}

Status DocxBlocks::give_rows(XmlNode parent, Table& table, const Give& give, int depth) {
  if (depth == 0) return {};
  for (const XmlNode node : parent.children()) {
    if (name_of(node) == "w:tr")
      RAPPEL_TRY(give_row(node, table, give, depth - 1));
    else if (const XmlNode content = content_of(node))
      RAPPEL_TRY(give_rows(content, table, give, depth - 1));
  }
  return {};
}

Status DocxBlocks::give_row(XmlNode node, Table& table, const Give& give, int depth) {
  const XmlNode properties = child(node, "w:trPr"), header = child(properties, "w:tblHeader");
  if (child(properties, "w:del")) return {};
  ++table.rows;
  std::string text(static_cast<std::size_t>(span_of(properties, "w:gridBefore")), '\t');
  RAPPEL_TRY(add_cells(node, text, depth));
  if (!text.empty()) text.pop_back();
  const bool is_header =
      header ? is_on(attribute(header, "w:val")) : table.rows == 1 && table.first_is_header;
  return give({.kind = BlockKind::kTableRow,
               .text = tidy_row(std::move(text)),
               .row = table.rows,
               .header_row = is_header});
}

Status DocxBlocks::add_cells(XmlNode parent, std::string& text, int depth) {
  if (depth == 0) return {};
  for (const XmlNode node : parent.children()) {
    if (name_of(node) == "w:tc") {
      std::string cell;
      RAPPEL_TRY(give_all(node, into(cell), depth - 1));
      const int span = span_of(child(node, "w:tcPr"), "w:gridSpan");
      text += cell + std::string(static_cast<std::size_t>(std::max(span, 1)), '\t');
    } else if (const XmlNode content = content_of(node)) {
      RAPPEL_TRY(add_cells(content, text, depth - 1));
    }
  }
  return {};
}

}  // namespace rappel::extractor
