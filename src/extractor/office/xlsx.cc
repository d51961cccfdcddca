#include "extractor/office/xlsx.h"

#include <algorithm>
#include <utility>

#include "extractor/office/drawing.h"
#include "extractor/office/ooxml.h"
#include "extractor/office/xlsx_sheet.h"
#include "extractor/office/xml_part.h"

namespace rappel::extractor {
namespace {

constexpr std::size_t kMostStyles = 65'536;
constexpr std::size_t kMostFormats = 4096;

// Fills in the formats by style of a cell.
void load_formats(XmlNode styles, XlsxWorkbook& workbook) {
  std::map<int, std::string> codes;
  for (const XmlNode node : child(styles, "numFmts").children("numFmt"))
    codes.emplace(to_int(attribute(node, "numFmtId"), -1), attribute(node, "formatCode"));
  std::map<int, std::size_t> known;
  for (const XmlNode node : child(styles, "cellXfs").children("xf")) {
    if (workbook.cell_formats.size() == kMostStyles || workbook.formats.size() == kMostFormats) return;
    const int id = to_int(attribute(node, "numFmtId"), 0);
    const auto [place, added] = known.emplace(id, workbook.formats.size());
    if (added) {
      const auto code = codes.find(id);
      const std::string_view built_in = built_in_format(id);
      workbook.formats.emplace_back(code != codes.end() ? code->second
                                    : built_in.empty()  ? std::string_view("General")
                                                        : built_in);
    }
    workbook.cell_formats.push_back(place->second);
  }
}

class XlsxReader {
 public:
  XlsxReader(const Package& package, ContentSink& sink)
      : package_(package), sink_(sink), main_(main_part(package, "xl/workbook.xml")) {}

  Status read() {
    if (lower_case(main_).ends_with(".bin"))
      return Status(Code::kInvalidArgument, "binary workbooks (XLSB) are not read; save it as XLSX");
    XmlTree tree;
    RAPPEL_ASSIGN(const bool found, load_part(package_, main_, tree, sink_));
    RAPPEL_TRY(give_core_properties(package_, sink_));
    relations_ = read_relations(package_, main_);
    const XmlNode properties = child(tree.document_element(), "workbookPr");
    if (properties.attribute("date1904").as_bool()) workbook_.dates = DateSystem::k1904;
    RAPPEL_TRY(load_tables());
    if (found && child(tree.document_element(), "sheets"))
      RAPPEL_TRY(give_sheets(child(tree.document_element(), "sheets")));
    else
      RAPPEL_TRY(give_sheets_by_name());
    return give_embedded_files(package_, "xl/embeddings/", sink_);
  }

 private:
  Status load_tables() {
    std::string strings = target_of_type(relations_, "sharedStrings");
    if (strings.empty()) strings = "xl/sharedStrings.xml";
    if (const std::string* bytes = package_.find(strings)) RAPPEL_TRY(warn(workbook_.strings.load(*bytes)));
    XmlTree styles;
    RAPPEL_ASSIGN(const bool styled,
                  load_part(package_, target_of_type(relations_, "styles"), styles, sink_));
    if (styled) load_formats(styles.document_element(), workbook_);
    return {};
  }

  // A part that cannot be read to its end is worth a warning.
  Status warn(const Status& status) {
    return status.code() == Code::kInvalidArgument || status.code() == Code::kResourceExhausted
               ? sink_.warning(status.message())
               : status;
  }

  Status give_sheets(XmlNode sheets) {
    for (const XmlNode sheet : sheets.children("sheet")) {
      const std::string_view state = attribute(sheet, "state");
      const bool hidden = state == "hidden" || state == "veryHidden";
      RAPPEL_TRY(give_sheet(target_of(relations_, attribute(sheet, "r:id")),
                            one_line(attribute(sheet, "name")), hidden));
    }
    return {};
  }

  Status give_sheets_by_name() {
    const std::vector<std::string> parts = numbered_parts(package_, "xl/worksheets/");
    if (parts.empty())
      return Status(Code::kInvalidArgument, "the workbook has no sheets; open it in Excel and save it again");
    RAPPEL_TRY(sink_.warning("the list of sheets is lost; their names are those of its parts"));
    for (const std::string& part : parts) {
      const std::size_t name = part.rfind('/') + 1;
      RAPPEL_TRY(give_sheet(part, part.substr(name, part.size() - name - 4), false));
    }
    return {};
  }

  Status give_sheet(const std::string& part, const std::string& name, bool hidden) {
    RAPPEL_TRY(sink_.part({PartKind::kSheet, name, hidden}));
    RAPPEL_TRY(sink_.block({.kind = BlockKind::kHeading, .text = name, .level = 1}));
    const std::string* bytes = package_.find(part);
    if (bytes == nullptr || !given_.insert(part).second)
      return sink_.warning("the sheet \"" + name + "\" is missing in the file");
    const Relations relations = read_relations(package_, part);
    Status refused;
    const Give give = [&](Block block) { return refused = sink_.block(std::move(block)); };
    SheetRows rows(give);
    add_comments(relations, rows);
    add_header_rows(relations, rows);
    std::vector<std::string> running_text;
    const Status status = read_xlsx_sheet(*bytes, workbook_, rows, running_text);
    RAPPEL_TRY(refused);
    RAPPEL_TRY(warn(status));
    RAPPEL_TRY(give_drawings(relations, give));
    for (std::string& text : running_text)
      RAPPEL_TRY(sink_.block({.kind = BlockKind::kNote, .text = std::move(text)}));
    return {};
  }

  void add_comments(const Relations& relations, SheetRows& rows) {
    XmlTree tree;
    const std::string part = target_of_type(relations, "comments");
    if (!package_.contains(part) || !given_.insert(part).second) return;
    if (!load_xml_part(package_, part, XmlSpace::kInText, tree)) return;
    for (const XmlNode comment : child(tree.document_element(), "commentList").children("comment")) {
      std::uint32_t column = 0, row = 0;
      read_cell_place(attribute(comment, "ref"), column, row);
      std::string text;
      for (XmlNode at = next_in(comment, comment); at; at = next_in(at, comment, name_of(at) != "rPh"))
        if (name_of(at) == "t") text += all_text(at);
      rows.add_note(row, tidy(std::move(text)));
    }
  }

  void add_header_rows(const Relations& relations, SheetRows& rows) {
    std::set<std::uint32_t> headers;
    for (const auto& [id, relation] : relations) {
      XmlTree tree;
      const bool is_table = relation.type == "table" && package_.contains(relation.target);
      if (!is_table || !given_.insert(relation.target).second) continue;
      if (!load_xml_part(package_, relation.target, XmlSpace::kInText, tree)) continue;
      std::uint32_t column = 0, row = 0;
      read_cell_place(attribute(tree.document_element(), "ref"), column, row);
      if (row > 0 && attribute(tree.document_element(), "headerRowCount") != "0") headers.insert(row);
    }
    rows.set_header_rows(std::move(headers));
  }

  Status give_drawings(const Relations& relations, const Give& give) {
    for (const auto& [id, relation] : relations)
      if (relation.type == "drawing" && given_.insert(relation.target).second)
        RAPPEL_TRY(give_drawing_part(package_, relation.target, given_, give));
    return {};
  }

  const Package& package_;
  ContentSink& sink_;
  const std::string main_;
  Relations relations_;
  XlsxWorkbook workbook_;
  std::set<std::string> given_;  // parts
};

}  // namespace

Status read_xlsx(const Source& source, ContentSink& sink) {
  RAPPEL_ASSIGN(const Package package, Package::open(source.bytes, sink));
  return XlsxReader(package, sink).read();
}

}  // namespace rappel::extractor
