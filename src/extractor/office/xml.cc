#include "extractor/office/xml.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace rappel::extractor {
namespace {

struct Vocabulary {
  std::string_view name, prefix;
};

constexpr std::string_view kOoxml = "http://schemas.openxmlformats.org/";
constexpr std::string_view kStrict = "http://purl.oclc.org/ooxml/";
constexpr std::string_view kOasis = "urn:oasis:names:tc:opendocument:xmlns:";

// By the rest of the name after kOoxml or kStrict, without "/2006".
constexpr std::array<Vocabulary, 13> kOfficeOpen = {{{"wordprocessingml/main", "w"},
                                                     {"spreadsheetml/main", ""},
                                                     {"presentationml/main", "p"},
                                                     {"drawingml/main", "a"},
                                                     {"drawingml/chart", "c"},
                                                     {"drawingml/diagram", "dgm"},
                                                     {"drawingml/wordprocessingDrawing", "wp"},
                                                     {"drawingml/spreadsheetDrawing", "xdr"},
                                                     {"officeDocument/relationships", "r"},
                                                     {"officeDocument/math", "m"},
                                                     {"markup-compatibility", "mc"},
                                                     {"package/relationships", ""},
                                                     {"package/content-types", ""}}};

// By the rest of the name after kOasis, up to the version.
constexpr std::array<Vocabulary, 12> kOpenDocument = {{{"office", "office"},
                                                       {"text", "text"},
                                                       {"table", "table"},
                                                       {"drawing", "draw"},
                                                       {"presentation", "presentation"},
                                                       {"style", "style"},
                                                       {"meta", "meta"},
                                                       {"svg-compatible", "svg"},
                                                       {"xsl-fo-compatible", "fo"},
                                                       {"manifest", "manifest"},
                                                       {"datastyle", "number"},
                                                       {"chart", "chart"}}};

constexpr std::array<Vocabulary, 8> kOthers = {
    {{"http://schemas.microsoft.com/office/word/2010/wordprocessingShape", "wps"},
     {"urn:schemas-microsoft-com:vml", "v"},
     {"http://purl.org/dc/elements/1.1/", "dc"},
     {"http://purl.org/dc/terms/", "dcterms"},
     {"http://www.w3.org/1999/xhtml", ""},
     {"http://www.idpf.org/2007/opf", ""},
     {"http://www.w3.org/1999/xlink", "xlink"},
     {"urn:oasis:names:tc:opendocument:xmlns:container", ""}}};

template <std::size_t N>
const Vocabulary* find(const std::array<Vocabulary, N>& list, std::string_view name) {
  const auto found = std::find_if(list.begin(), list.end(), [&](const auto& v) { return v.name == name; });
  return found == list.end() ? nullptr : &*found;
}

// Null: the prefix in the file stays.
const Vocabulary* find_vocabulary(std::string_view uri) {
  if (const Vocabulary* other = find(kOthers, uri)) return other;
  if (uri.starts_with(kOasis)) {
    uri.remove_prefix(kOasis.size());
    return find(kOpenDocument, uri.substr(0, uri.find(':')));
  }
  if (uri.starts_with(kStrict)) return find(kOfficeOpen, uri.substr(kStrict.size()));
  if (!uri.starts_with(kOoxml)) return nullptr;
  std::string rest(uri.substr(kOoxml.size()));
  if (const std::size_t year = rest.find("/2006"); year != std::string::npos) rest.erase(year, 5);
  return find(kOfficeOpen, rest);
}

struct Binding {
  std::string prefix, usual;
  int depth = 0;
};

// Gives names their usual prefixes. Most files use these, so that few names are changed.
class Prefixes {
 public:
  bool any() const { return !bindings_.empty(); }  // of the element that was entered last

  void enter(XmlNode node, int depth) {
    while (!bindings_.empty() && bindings_.back().depth >= depth) bindings_.pop_back();
    for (const auto& attribute : node.attributes()) bind(attribute, depth);
    if (bindings_.empty()) return;
    if (std::string name = renamed(node.name(), true); !name.empty()) node.set_name(name.c_str());
    for (auto attribute : node.attributes())
      if (std::string name = renamed(attribute.name(), false); !name.empty())
        attribute.set_name(name.c_str());
  }

 private:
  // Only prefixes that differ from the usual ones are kept.
  void bind(pugi::xml_attribute attribute, int depth) {
    const std::string_view name = attribute.name();
    if (!name.starts_with("xmlns") || (name.size() > 5 && name[5] != ':')) return;
    const std::string_view prefix = name.substr(std::min<std::size_t>(name.size(), 6));
    const Vocabulary* vocabulary = find_vocabulary(attribute.value());
    const std::string_view usual = vocabulary == nullptr ? prefix : vocabulary->prefix;
    if ((usual != prefix || known(prefix)) && bindings_.size() < kMost)
      bindings_.push_back({std::string(prefix), std::string(usual), depth});
  }

  bool known(std::string_view prefix) const {
    return std::any_of(bindings_.begin(), bindings_.end(), [&](const auto& b) { return b.prefix == prefix; });
  }

  // Empty: the name stays. Attributes without a prefix have no namespace.
  std::string renamed(std::string_view name, bool element) const {
    const std::size_t colon = name.find(':');
    if (colon == std::string_view::npos && !element) return "";
    const std::string_view prefix = colon == std::string_view::npos ? "" : name.substr(0, colon);
    const auto found = std::find_if(bindings_.rbegin(), bindings_.rend(),
                                    [&](const auto& binding) { return binding.prefix == prefix; });
    if (found == bindings_.rend() || found->usual == prefix) return "";
    const std::string_view local = colon == std::string_view::npos ? name : name.substr(colon + 1);
    return found->usual.empty() ? std::string(local) : found->usual + ':' + std::string(local);
  }

  static constexpr std::size_t kMost = 64;
  std::vector<Binding> bindings_;
};

constexpr std::string_view kDeclaration = "xmlns";

std::size_t declarations_in(std::string_view bytes) {
  std::size_t count = 0;
  for (std::size_t at = bytes.find(kDeclaration); at != std::string_view::npos;
       at = bytes.find(kDeclaration, at + kDeclaration.size()))
    ++count;
  return count;
}

std::size_t declarations_of(XmlNode node) {
  const auto attributes = node.attributes();
  return static_cast<std::size_t>(std::count_if(
      attributes.begin(), attributes.end(),
      [](const auto& attribute) { return std::string_view(attribute.name()).starts_with(kDeclaration); }));
}

// Measures the tree, and gives its names the usual prefixes. Most files have them and declare them in the
// root; then only the root is looked at.
class UsualPrefixes final : public pugi::xml_tree_walker {
 public:
  explicit UsualPrefixes(std::string_view bytes) : bytes_(bytes) {}

  bool for_each(pugi::xml_node& node) override {
    deepest_ = std::max(deepest_, depth());
    if (!needed_ || node.type() != pugi::node_element) return true;
    prefixes_.enter(node, depth());
    if (depth() == 0) needed_ = prefixes_.any() || declarations_in(bytes_) != declarations_of(node);
    return true;
  }
  int deepest() const { return deepest_; }

 private:
  const std::string_view bytes_;
  Prefixes prefixes_;
  bool needed_ = true;
  int deepest_ = 0;
};

}  // namespace

bool load_xml(std::string bytes, XmlSpace space, XmlTree& tree, bool* whole) {
  const unsigned mode =
      pugi::parse_default | (space == XmlSpace::kAll ? pugi::parse_ws_pcdata : pugi::parse_ws_pcdata_single);
  const bool too_large = bytes.size() > kMaxTreeBytes;
  if (too_large) bytes.resize(kMaxTreeBytes);
  tree.reset();
  tree.bytes_ = std::move(bytes);
  std::string& kept = tree.bytes_;
  // With the zero after it, in whose place a damaged part would lose its last byte.
  const auto result = tree.load_buffer_inplace(kept.data(), kept.size() + 1, mode);
  if (result.status == pugi::status_out_of_memory) throw std::bad_alloc();
  if (whole != nullptr) *whole = static_cast<bool>(result) && !too_large;
  if (!tree.document_element()) return false;
  UsualPrefixes prefixes(kept);  // the names of attributes are still there
  tree.traverse(prefixes);
  if (prefixes.deepest() > kMaxXmlDepth && whole != nullptr) *whole = false;
  return true;
}

std::string all_text(XmlNode node) {
  std::string text;
  for (XmlNode at = node; at; at = next_in(at, node))
    if (at.type() == pugi::node_pcdata || at.type() == pugi::node_cdata) text += at.value();
  return text;
}

XmlNode next_in(XmlNode node, XmlNode top, bool enter) {
  if (enter)
    if (const XmlNode below = node.first_child()) return below;
  while (node && node != top && !node.next_sibling()) node = node.parent();
  return node && node != top ? node.next_sibling() : XmlNode();
}

}  // namespace rappel::extractor
