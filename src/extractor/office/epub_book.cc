#include "extractor/office/epub_book.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "extractor/office/ooxml.h"
#include "extractor/office/text.h"
#include "extractor/office/xml_part.h"

namespace rappel::extractor {
namespace {

constexpr std::size_t kMostContents = 4;
constexpr std::size_t kMostDocuments = 10'000;

struct ManifestItem {
  std::string part, media_type, properties;
};
using Manifest = std::map<std::string, ManifestItem, std::less<>>;

std::string plan_part(const Package& package) {
  XmlTree tree;
  if (load_xml_part(package, "META-INF/container.xml", XmlSpace::kInText, tree))
    for (const XmlNode file : child(tree.document_element(), "rootfiles").children("rootfile"))
      if (std::string part = path_of_link(attribute(file, "full-path")); package.contains(part)) return part;
  for (const auto& [name, part] : package.parts())
    if (name.ends_with(".opf")) return part.name;
  return "";
}

Status give_properties(XmlNode metadata, ContentSink& sink) {
  const auto text = [&](const char* name) { return one_line(all_text(child(metadata, name))); };
  RAPPEL_TRY(sink.property("title", text("dc:title")));
  RAPPEL_TRY(sink.property("author", text("dc:creator")));
  RAPPEL_TRY(sink.property("subject", text("dc:subject")));
  RAPPEL_TRY(sink.property("language", text("dc:language")));
  RAPPEL_TRY(sink.property("created_at", rfc3339(text("dc:date"))));
  for (const XmlNode meta : metadata.children("meta"))
    if (attribute(meta, "property") == "dcterms:modified")
      RAPPEL_TRY(sink.property("modified_at", rfc3339(one_line(all_text(meta)))));
  return {};
}

Manifest manifest_of(XmlNode package, const std::string& plan) {
  Manifest manifest;
  for (const XmlNode item : child(package, "manifest").children("item"))
    manifest.emplace(
        attribute(item, "id"),
        ManifestItem{resolve_part(plan, path_of_link(attribute(item, "href"))),
                     std::string(attribute(item, "media-type")), std::string(attribute(item, "properties"))});
  return manifest;
}

// The navigation document repeats the titles of the chapters, so it is no text of the book.
bool is_document(const ManifestItem& item) {
  const bool readable = item.media_type.find("html") != std::string::npos ||
                        item.media_type.find("text/x-oeb1-document") != std::string::npos;
  return readable && (" " + item.properties + " ").find(" nav ") == std::string::npos;
}

void list_documents(XmlNode spine, const Manifest& manifest, EpubBook& book) {
  std::set<std::string> known;
  std::vector<std::string> outside;
  for (const XmlNode reference : spine.children("itemref")) {
    const auto item = manifest.find(attribute(reference, "idref"));
    if (item == manifest.end() || !is_document(item->second) || known.size() == kMostDocuments) continue;
    if (!known.insert(item->second.part).second) continue;
    (attribute(reference, "linear") == "no" ? outside : book.documents).push_back(item->second.part);
  }
  book.documents.insert(book.documents.end(), outside.begin(), outside.end());
}

void add_title(EpubBook& book, const std::string& base, std::string_view link, std::string title) {
  const std::string part = resolve_part(base, path_of_link(link));
  if (!title.empty() && book.titles.size() < kMostDocuments)
    book.titles.emplace(lower_case(part), std::move(title));
}

// EPUB 3: links of the navigation document. EPUB 2: navPoint with navLabel and content.
void load_titles(const Package& package, const std::string& part, EpubBook& book) {
  XmlTree tree;
  if (!load_xml_part(package, part, XmlSpace::kAll, tree)) return;
  for (XmlNode at = tree.first_child(); at;) {
    const bool other =
        name_of(at) == "nav" && at.attribute("epub:type") && attribute(at, "epub:type") != "toc";
    if (name_of(at) == "a") add_title(book, part, attribute(at, "href"), one_line(all_text(at)));
    if (name_of(at) == "navPoint")
      add_title(book, part, attribute(child(at, "content"), "src"),
                one_line(all_text(child(at, "navLabel"))));
    at = next_in(at, tree, !other);
  }
}

EpubBook by_names(const Package& package) {
  EpubBook book{.lost = true};
  for (const auto& [name, part] : package.parts())
    if (name.ends_with(".xhtml") || name.ends_with(".html") || name.ends_with(".htm"))
      book.documents.push_back(part.name);
  return book;
}

}  // namespace

Result<EpubBook> read_epub_plan(const Package& package, ContentSink& sink) {
  const std::string plan = plan_part(package);
  XmlTree tree;
  RAPPEL_ASSIGN(const bool found, load_part(package, plan, tree, sink));
  if (!found) return by_names(package);
  const XmlNode root = tree.document_element();
  RAPPEL_TRY(give_properties(child(root, "metadata"), sink));
  const Manifest manifest = manifest_of(root, plan);
  EpubBook book;
  list_documents(child(root, "spine"), manifest, book);
  if (book.documents.empty()) return by_names(package);
  std::set<std::string> contents_read;
  for (const auto& [id, item] : manifest) {
    const bool contents =
        item.properties.find("nav") != std::string::npos || item.media_type == "application/x-dtbncx+xml";
    if (contents && contents_read.size() < kMostContents && contents_read.insert(item.part).second)
      load_titles(package, item.part, book);
  }
  return book;
}

bool is_encrypted_book(const Package& package, const EpubBook& book) {
  XmlTree tree;
  if (!load_xml_part(package, "META-INF/encryption.xml", XmlSpace::kInText, tree)) return false;
  std::set<std::string> encrypted;
  for (XmlNode at = tree.first_child(); at; at = next_in(at, tree))
    if (name_of(at).ends_with("CipherReference"))
      encrypted.insert(lower_case(path_of_link(attribute(at, "URI"))));
  return std::any_of(book.documents.begin(), book.documents.end(),
                     [&](const std::string& part) { return encrypted.contains(lower_case(part)); });
}

std::string path_of_link(std::string_view link) {
  link = link.substr(0, link.find('#'));
  std::string path;
  for (std::size_t i = 0; i < link.size(); ++i) {
    unsigned code = 0;
    if (link[i] == '%' && i + 2 < link.size() &&
        std::from_chars(link.data() + i + 1, link.data() + i + 3, code, 16).ptr == link.data() + i + 3) {
      path += static_cast<char>(code);
      i += 2;
    } else {
      path += link[i];
    }
  }
  return path;
}

}  // namespace rappel::extractor
