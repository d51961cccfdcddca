#include "extractor/office/odf.h"

#include "extractor/office/text.h"
#include "extractor/office/xml_part.h"

namespace rappel::extractor {
namespace {

constexpr int kMostBases = 32;

bool is_encrypted(const Package& package) {
  XmlTree tree;
  if (!load_xml_part(package, "META-INF/manifest.xml", XmlSpace::kInText, tree)) return false;
  for (const XmlNode file : tree.document_element().children("manifest:file-entry"))
    if (child(file, "manifest:encryption-data") &&
        attribute(file, "manifest:full-path").ends_with("content.xml"))
      return true;
  return false;
}

}  // namespace

Result<Package> open_odf(const Source& source, ContentSink& sink) {
  RAPPEL_ASSIGN(Package package, Package::open(source.bytes, sink));
  if (is_encrypted(package) || package.contains("encrypted-package"))
    return Status(Code::kInvalidArgument,
                  "the document is password protected; open it with the password and save it without");
  return package;
}

Status give_odf_properties(const Package& package, ContentSink& sink) {
  XmlTree tree;
  if (!load_xml_part(package, "meta.xml", XmlSpace::kInText, tree)) return {};
  const XmlNode meta = child(tree.document_element(), "office:meta");
  const auto text = [&](const char* name) { return one_line(all_text(child(meta, name))); };
  RAPPEL_TRY(sink.property("title", text("dc:title")));
  RAPPEL_TRY(sink.property("author", text("meta:initial-creator")));
  RAPPEL_TRY(sink.property("author", text("dc:creator")));
  RAPPEL_TRY(sink.property("subject", text("dc:subject")));
  RAPPEL_TRY(sink.property("created_at", rfc3339(text("meta:creation-date"))));
  RAPPEL_TRY(sink.property("modified_at", rfc3339(text("dc:date"))));
  return sink.property("language", text("dc:language"));
}

void OdfStyles::load(XmlNode root) {
  for (const char* group : {"office:styles", "office:automatic-styles"})
    for (const XmlNode style : child(root, group).children("style:style"))
      styles_.emplace(attribute(style, "style:name"), style);
}

bool OdfStyles::is(std::string_view name, std::string_view base) const {
  for (int hop = 0; hop < kMostBases && !name.empty(); ++hop) {
    if (name == base) return true;
    const auto found = styles_.find(name);
    if (found == styles_.end()) return false;
    name = attribute(found->second, "style:parent-style-name");
  }
  return false;
}

XmlNode OdfStyles::properties(std::string_view name, const char* kind) const {
  const auto found = styles_.find(name);
  return found == styles_.end() ? XmlNode() : child(found->second, kind);
}

}  // namespace rappel::extractor
