#include "extractor/office/drawing.h"

#include <algorithm>
#include <vector>

#include "extractor/office/math.h"
#include "extractor/office/number_format.h"
#include "extractor/office/ooxml.h"
#include "extractor/office/xml_part.h"

namespace rappel::extractor {
namespace {

constexpr std::size_t kMostPoints = 10'000;  // of one series

bool is_paragraph(XmlNode node) { return name_of(node) == "a:p"; }

// Calls `visit` for each a:p below `top`, in order.
template <class Visit>
Status each_paragraph(XmlNode top, const Visit& visit) {
  for (XmlNode at = next_in(top, top); at;) {
    const bool here = is_paragraph(at);
    if (here) RAPPEL_TRY(visit(at));
    at = next_in(at, top, !here && name_of(at) != "mc:Fallback");
  }
  return {};
}

// Numbers as people write them: 4.4 for 4.4000000000000004.
std::string value_text(const std::string& text) {
  const std::optional<double> number = to_number(text);
  return number ? format_general(*number) : text;
}

// Points of a c:strCache, c:numCache or c:strLit by their index, those without one left empty.
std::vector<std::string> points_of(XmlNode reference) {
  std::vector<std::string> points;
  for (XmlNode at = next_in(reference, reference); at; at = next_in(at, reference)) {
    if (name_of(at) != "c:pt") continue;
    const auto index = static_cast<std::size_t>(std::max(0, to_int(attribute(at, "idx"))));
    if (index >= kMostPoints || index > points.size() + 64) continue;
    if (index >= points.size()) points.resize(index + 1);
    points[index] = value_text(one_line(all_text(child(at, "c:v"))));
  }
  return points;
}

std::string row_of(std::string first, const std::vector<std::string>& points) {
  for (const std::string& point : points) first += '\t' + point;
  return tidy_row(std::move(first));
}

Status give_series(XmlNode series, std::string& categories, const Give& give) {
  XmlNode names = child(series, "c:cat"), values = child(series, "c:val");
  if (!names) names = child(series, "c:xVal");
  if (!values) values = child(series, "c:yVal");
  std::string row = row_of("", points_of(names));
  if (!row.empty() && row != categories) {
    categories = row;
    RAPPEL_TRY(give({.kind = BlockKind::kTableRow, .text = std::move(row), .header_row = true}));
  }
  std::vector<std::string> name = points_of(child(series, "c:tx"));
  return give({.kind = BlockKind::kTableRow, .text = row_of(name.empty() ? "" : name[0], points_of(values))});
}

std::string cell_text(XmlNode cell) {
  std::string text;
  (void)give_drawing_body(child(cell, "a:txBody"), BlockKind::kParagraph, into(text));
  return text;
}

}  // namespace

std::string drawing_text(XmlNode paragraph) {
  std::string text;
  for (XmlNode at = next_in(paragraph, paragraph); at;) {
    const std::string_view name = name_of(at);
    const bool whole = name == "a:t";
    if (whole) text += all_text(at);
    const bool math = name == "m:oMath";
    if (math) text += math_text(at);
    if (name == "a:br") text += '\n';
    at = next_in(at, paragraph, !whole && !math && name != "mc:Fallback");
  }
  return tidy(std::move(text));
}

Status give_drawing_body(XmlNode body, BlockKind kind, const Give& give) {
  return each_paragraph(body, [&](XmlNode paragraph) {
    const int level = std::clamp(to_int(attribute(child(paragraph, "a:pPr"), "lvl")), 0, 8);
    return give({.kind = kind, .text = drawing_text(paragraph), .level = level});
  });
}

Status give_drawing_table(XmlNode table, const Give& give) {
  const std::string_view first = attribute(child(table, "a:tblPr"), "firstRow");
  std::uint32_t number = 0;
  for (const XmlNode row : table.children("a:tr")) {
    std::string text;
    for (const XmlNode cell : row.children("a:tc")) {
      if (cell.previous_sibling("a:tc")) text += '\t';
      if (!cell.attribute("hMerge").as_bool() && !cell.attribute("vMerge").as_bool()) text += cell_text(cell);
    }
    ++number;
    RAPPEL_TRY(give({.kind = BlockKind::kTableRow,
                     .text = tidy_row(std::move(text)),
                     .row = number,
                     .header_row = number == 1 && !first.empty() && is_on(first)}));
  }
  return {};
}

Status give_chart(const Package& package, std::string_view part, const Give& give) {
  XmlTree tree;
  if (!load_xml_part(package, part, XmlSpace::kInText, tree)) return {};
  const XmlNode top = tree.document_element();
  RAPPEL_TRY(give_drawing_body(top, BlockKind::kParagraph, give));
  std::string categories;
  for (XmlNode at = next_in(top, top); at;) {
    const bool series = name_of(at) == "c:ser";
    if (series) RAPPEL_TRY(give_series(at, categories, give));
    at = next_in(at, top, !series);
  }
  return {};
}

Status give_diagram(const Package& package, std::string_view part, const Give& give) {
  XmlTree tree;
  if (!load_xml_part(package, part, XmlSpace::kInText, tree)) return {};
  return give_drawing_body(child(tree.document_element(), "dgm:ptLst"), BlockKind::kParagraph, give);
}

Status give_drawing_part(const Package& package, std::string_view part, std::set<std::string>& given,
                         const Give& give) {
  XmlTree tree;
  if (!load_xml_part(package, part, XmlSpace::kInText, tree)) return {};
  const Relations relations = read_relations(package, part);
  const auto target = [&](XmlNode node, const char* name) {
    const std::string found = target_of(relations, attribute(node, name));
    return given.insert(found).second ? found : "";
  };
  for (XmlNode at = tree.first_child(); at;) {
    const std::string_view name = name_of(at);
    const bool paragraph = is_paragraph(at);
    if (paragraph) RAPPEL_TRY(give({.kind = BlockKind::kParagraph, .text = drawing_text(at)}));
    if (name == "c:chart") RAPPEL_TRY(give_chart(package, target(at, "r:id"), give));
    if (name == "dgm:relIds") RAPPEL_TRY(give_diagram(package, target(at, "r:dm"), give));
    at = next_in(at, tree, !paragraph && name != "mc:Fallback");
  }
  return {};
}

}  // namespace rappel::extractor
