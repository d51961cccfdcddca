#include "extractor/office/odt.h"

#include <set>
#include <utility>

#include "extractor/office/flat_text.h"
#include "extractor/office/odf_blocks.h"
#include "extractor/office/ooxml.h"

namespace rappel::extractor {
namespace {

// Headers and footers of all page styles, each text once; page numbers alone are none.
Status give_running_text(XmlNode root, OdfBlocks& blocks, ContentSink& sink) {
  std::set<std::string> given;
  for (const XmlNode page : child(root, "office:master-styles").children("style:master-page")) {
    for (const XmlNode part : page.children()) {
      const std::string_view name = name_of(part);
      if (!name.starts_with("style:header") && !name.starts_with("style:footer")) continue;
      std::string text;
      RAPPEL_TRY(blocks.give_all(part, into(text)));
      if (text.find_first_not_of("0123456789 \n\t-/.") == std::string::npos) continue;
      if (given.insert(text).second)
        RAPPEL_TRY(sink.block({.kind = BlockKind::kNote, .text = std::move(text)}));
    }
  }
  return {};
}

}  // namespace

Status read_odt(const Source& source, ContentSink& sink) {
  RAPPEL_ASSIGN(const Package package, open_odf(source, sink));
  if (package.size_of("content.xml") > kMaxTreeBytes) {
    RAPPEL_TRY(give_odf_properties(package, sink));
    return give_flat_text(*package.find("content.xml"), FlatFormat::kOpenDocument, sink);
  }
  XmlTree content, styles;
  RAPPEL_ASSIGN(const bool found, load_part(package, "content.xml", content, sink, XmlSpace::kAll));
  const XmlNode body = child(child(content.document_element(), "office:body"), "office:text");
  if (!found || !body)
    return Status(Code::kInvalidArgument,
                  "the document has no text part; open it in its program and save it again");
  RAPPEL_ASSIGN(const bool styled, load_part(package, "styles.xml", styles, sink, XmlSpace::kAll));
  RAPPEL_TRY(give_odf_properties(package, sink));
  OdfStyles known;
  known.load(content.document_element());
  if (styled) known.load(styles.document_element());
  OdfBlocks blocks(package, known);
  RAPPEL_TRY(blocks.give_all(body, [&](Block block) { return sink.block(std::move(block)); }));
  for (std::string& note : blocks.take_notes())
    RAPPEL_TRY(sink.block({.kind = BlockKind::kNote, .text = std::move(note)}));
  return give_running_text(styles.document_element(), blocks, sink);
}

}  // namespace rappel::extractor
