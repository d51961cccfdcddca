// Text of DrawingML, which all office formats of Microsoft share: shapes, tables, charts, diagrams.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/status.h"
#include "extractor/office/package.h"
#include "extractor/office/text.h"
#include "extractor/office/xml.h"

namespace rappel::extractor {

// Text of one a:p.
std::string drawing_text(XmlNode paragraph);
// Every a:p of the body (a:txBody, p:txBody, ..) as a block of the kind, with its level.
Status give_drawing_body(XmlNode body, BlockKind kind, const Give& give);
// a:tbl
Status give_drawing_table(XmlNode table, const Give& give);
// Title, then one row per series under the categories, from the values that the file keeps.
Status give_chart(const Package& package, std::string_view part, const Give& give);
// SmartArt: `part` is its data.
Status give_diagram(const Package& package, std::string_view part, const Give& give);
// A part with shapes, charts and diagrams, in the order of the file; without parts that are in `given`.
Status give_drawing_part(const Package& package, std::string_view part, std::set<std::string>& given,
                         const Give& give);

}  // namespace rappel::extractor
