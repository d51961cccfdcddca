// Fuzz target for the XML of office files: parts of documents, sheets and number formats, without the ZIP
// file around them.
#include <cstdint>
#include <string>
#include <string_view>

#include "extractor/office/docx_blocks.h"
#include "extractor/office/number_format.h"
#include "extractor/office/odf_blocks.h"
#include "extractor/office/ods_events.h"
#include "extractor/office/pptx_slide.h"
#include "extractor/office/xlsx_sheet.h"
#include "ingest/content/collected.h"

namespace {

using namespace rappel;
using namespace rappel::extractor;

void read_trees(std::string_view xml, const Give& give) {
  const Package package;
  const Relations relations;
  XmlTree tree;
  if (!load_xml(std::string(xml), XmlSpace::kAll, tree)) return;
  DocxDocument document{package};
  document.styles.load(tree.document_element());
  document.numbering.load(tree.document_element());
  (void)DocxBlocks(document, relations).give_all(tree.document_element(), give);
  OdfStyles styles;
  styles.load(tree.document_element());
  (void)OdfBlocks(package, styles).give_all(tree.document_element(), give);
  PptxLayouts layouts(package);
  std::set<std::string> given;
  (void)PptxSlide(package, layouts, relations, given).give_tree(tree.document_element(), give);
}

void read_events(std::string_view xml, ContentSink& sink, const Give& give) {
  XlsxWorkbook workbook;
  (void)workbook.strings.load(xml);
  SheetRows rows(give);
  std::vector<std::string> running_text;
  (void)read_xlsx_sheet(xml, workbook, rows, running_text);
  OdsEvents events(sink);
  (void)read_xml_events(xml, events);
  (void)events.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  CollectedContent content({.text_bytes = 1 << 20});
  const Give give = [&](Block block) { return content.block(std::move(block)); };
  const NumberFormat format(input);
  for (const double value : {0.0, -1.5, 45351.75, 1e-7, 1e300}) (void)format.format(value, DateSystem::k1900);
  (void)format.format_text(input);
  if (!input.starts_with('<')) return 0;
  read_trees(input, give);
  read_events(input, content, give);
  return 0;
}
