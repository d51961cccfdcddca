// XML as a tree: the only adapter of pugixml. For parts up to kMaxTreeBytes; larger ones go to xml_events.h.
//
// The prefixes of element and attribute names are the usual ones, whatever the file uses: "w:p" for
// WordprocessingML (also strict), "a:t" for DrawingML, "text:p" for OpenDocument, none for SpreadsheetML,
// relationships, XHTML and OPF. Entities of a DTD are not expanded and nothing is fetched. The tree of a
// damaged part ends where the damage is. It may be deep: every recursion over it has a bound.
#pragma once

#include <pugixml.hpp>

#include <cstddef>
#include <string>
#include <string_view>

#include "extractor/xml/xml_events.h"

namespace rappel::extractor {

using XmlNode = pugi::xml_node;

enum class XmlSpace {
  kInText,  // blanks alone count only where they are all of an element's content
  kAll,     // blanks between elements count too: OpenDocument text, XHTML
};

// Its nodes are views of the bytes that it keeps.
class XmlTree : public pugi::xml_document {
 public:
  XmlTree() = default;
  XmlTree(const XmlTree&) = delete;

 private:
  friend bool load_xml(std::string bytes, XmlSpace space, XmlTree& tree, bool* whole);
  std::string bytes_;
};

inline constexpr std::size_t kMaxTreeBytes = std::size_t{32} << 20;

// False: nothing could be read. `whole` (may be null) becomes false if the part is damaged, too
// large or deeper than kMaxXmlDepth.
bool load_xml(std::string bytes, XmlSpace space, XmlTree& tree, bool* whole = nullptr);

inline std::string_view name_of(XmlNode node) { return node.name(); }
inline std::string_view attribute(XmlNode node, const char* name) { return node.attribute(name).value(); }
// The first element below `parent` with the name; null nodes are passed on.
inline XmlNode child(XmlNode parent, const char* name) { return parent.child(name); }
// All text below the node, in order.
std::string all_text(XmlNode node);
// The next node of a walk over everything below `top` in document order; a null node at the end. Without
// `enter` the nodes below `node` are left out.
XmlNode next_in(XmlNode node, XmlNode top, bool enter = true);

}  // namespace rappel::extractor
