#include "extractor/office/ooxml.h"

#include <algorithm>
#include <optional>

#include "extractor/office/text.h"
#include "extractor/office/xml_part.h"

namespace rappel::extractor {
namespace {

std::string relations_part(std::string_view part) {
  const std::size_t slash = part.rfind('/');
  const std::size_t name = slash == std::string_view::npos ? 0 : slash + 1;
  return std::string(part.substr(0, name)) + "_rels/" + std::string(part.substr(name)) + ".rels";
}

std::string last_of(std::string_view uri) { return std::string(uri.substr(uri.rfind('/') + 1)); }

// Names of parts in lower case that charts take their data from.
std::set<std::string> chart_data(const Package& package) {
  std::set<std::string> data;
  for (const auto& [name, part] : package.parts()) {
    const std::size_t at = name.find("charts/_rels/");
    if (at == std::string::npos || !name.ends_with(".rels")) continue;
    const std::string chart = name.substr(0, at) + "charts/" + name.substr(at + 13, name.size() - at - 18);
    for (const auto& [id, relation] : read_relations(package, chart))
      data.insert(lower_case(relation.target));
  }
  return data;
}

}  // namespace

Relations read_relations(const Package& package, std::string_view part) {
  Relations relations;
  XmlTree tree;
  if (!load_xml_part(package, relations_part(part), XmlSpace::kInText, tree)) return relations;
  for (const XmlNode node : tree.document_element().children("Relationship")) {
    Relation relation{last_of(attribute(node, "Type")), std::string(attribute(node, "Target")),
                      attribute(node, "TargetMode") == "External"};
    if (!relation.external) relation.target = resolve_part(part, relation.target);
    relations.emplace(attribute(node, "Id"), std::move(relation));
  }
  return relations;
}

std::string target_of(const Relations& relations, std::string_view id) {
  const auto found = relations.find(id);
  return found == relations.end() || found->second.external ? "" : found->second.target;
}

std::string target_of_type(const Relations& relations, std::string_view type) {
  for (const auto& [id, relation] : relations)
    if (relation.type == type && !relation.external) return relation.target;
  return "";
}

std::string main_part(const Package& package, std::string_view usual) {
  std::string part = target_of_type(read_relations(package, ""), "officeDocument");
  return package.contains(part) ? part : std::string(usual);
}

Result<bool> load_part(const Package& package, std::string_view part, XmlTree& tree, ContentSink& sink,
                       XmlSpace space) {
  auto bytes = part.empty() ? std::nullopt : package.take(part);
  if (!bytes) return false;
  const bool too_large = bytes->size() > kMaxTreeBytes;
  bool whole = true;
  const bool loaded = load_xml(std::move(*bytes), space, tree, &whole);
  if (too_large)
    RAPPEL_TRY(sink.warning("a part of the file is too large; its end is left out"));
  else if (!whole)
    RAPPEL_TRY(sink.warning("a part of the file is damaged or nested too deep; text may be missing"));
  return loaded;
}

std::vector<std::string> numbered_parts(const Package& package, std::string_view folder) {
  std::vector<std::string> names;
  for (const auto& [name, part] : package.parts())
    if (name.starts_with(folder) && name.ends_with(".xml") &&
        name.find('/', folder.size()) == std::string::npos)
      names.push_back(part.name);
  std::stable_sort(names.begin(), names.end(),
                   [](const auto& a, const auto& b) { return a.size() < b.size(); });
  return names;
}

XmlNode chosen_alternative(XmlNode alternate) {
  const XmlNode choice = child(alternate, "mc:Choice");
  return choice.first_child() ? choice : child(alternate, "mc:Fallback");
}

Status give_core_properties(const Package& package, ContentSink& sink) {
  std::string part = target_of_type(read_relations(package, ""), "core-properties");
  if (part.empty()) part = "docProps/core.xml";
  XmlTree tree;
  if (!load_xml_part(package, part, XmlSpace::kInText, tree)) return {};
  const XmlNode top = tree.document_element();
  const auto text = [&](const char* name) { return one_line(all_text(child(top, name))); };
  RAPPEL_TRY(sink.property("title", text("dc:title")));
  RAPPEL_TRY(sink.property("author", text("dc:creator")));
  RAPPEL_TRY(sink.property("subject", text("dc:subject")));
  RAPPEL_TRY(sink.property("created_at", rfc3339(text("dcterms:created"))));
  RAPPEL_TRY(sink.property("modified_at", rfc3339(text("dcterms:modified"))));
  return sink.property("language", text("dc:language"));
}

Status give_embedded_files(const Package& package, std::string_view folder, ContentSink& sink) {
  std::optional<std::set<std::string>> data;
  for (const auto& [name, part] : package.parts()) {
    if (!name.starts_with(folder) || name.ends_with(".bin") || name.ends_with(".rels")) continue;
    if (!data) data = chart_data(package);
    if (data->contains(name)) continue;
    RAPPEL_TRY(sink.attachment({last_of(part.name), "", *package.find(name)}));
  }
  return {};
}

}  // namespace rappel::extractor
