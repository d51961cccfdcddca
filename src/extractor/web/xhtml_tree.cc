#include "extractor/web/xhtml_tree.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "extractor/web/html_scan.h"
#include "extractor/xml/xml_scan.h"

namespace rappel::extractor {
namespace {

// All entities are numbers or those of XML.
bool has_known_entities(std::string_view html) {
  constexpr std::string_view kKnown[] = {"#", "amp;", "lt;", "gt;", "quot;", "apos;"};
  for (std::size_t at = html.find('&'); at != std::string_view::npos; at = html.find('&', at + 1)) {
    const std::string_view name = html.substr(at + 1, 5);
    if (std::none_of(std::begin(kKnown), std::end(kKnown),
                     [&](auto known) { return name.starts_with(known); }))
      return false;
  }
  return true;
}

// Without what stands before the root. Nothing: it declares more than its type.
std::optional<std::string_view> without_doctype(std::string_view html) {
  const std::size_t type = html.substr(0, 2048).find("<!DOCTYPE");
  if (type == std::string_view::npos) return html;
  const std::size_t end = html.find('>', type);
  if (end == std::string_view::npos || html.substr(type, end - type).find('[') != std::string_view::npos)
    return std::nullopt;
  return html.substr(end + 1);
}

class TreeOfEvents final : public XmlEvents {
 public:
  Status start(std::string_view name, const XmlAttributes& attributes) override {
    end_text();
    if (nodes_.size() > kHtmlTags) return refuse_xml("has too many elements");
    HtmlNode node{.parent = open_.empty() ? 0 : open_.back()};
    node.set_name(lower_case(name));
    for (const XmlAttribute& attribute : attributes.all())
      node.attributes.emplace_back(attribute.name, attribute.value);
    open_.push_back(static_cast<std::uint32_t>(nodes_.size()));
    nodes_.push_back(std::move(node));
    begun_ = true;
    return {};
  }

  Status end(std::string_view) override {
    end_text();
    nodes_[open_.back()].end = static_cast<std::uint32_t>(nodes_.size());
    open_.pop_back();
    begun_ = false;
    return {};
  }

  // HTML leaves out a line end at the start of such an element.
  Status text(std::string_view text) override {
    const std::string& name = nodes_[open_.back()].name;
    if (begun_ && text.starts_with('\n') && (name == "pre" || name == "listing" || name == "textarea"))
      text.remove_prefix(1);
    begun_ = false;
    text_ += text;
    return {};
  }

  HtmlNodes take() { return std::move(nodes_); }

 private:
  void end_text() {
    if (text_.empty()) return;
    HtmlNode node{.parent = open_.back(), .end = static_cast<std::uint32_t>(nodes_.size()) + 1};
    node.set_text(std::exchange(text_, {}));
    nodes_.push_back(std::move(node));
  }

  HtmlNodes nodes_;
  std::vector<std::uint32_t> open_;
  std::string text_;
  bool begun_ = false;  // an element, and nothing of its content
};

}  // namespace

std::optional<HtmlNodes> parse_xhtml(std::string_view html) {
  const auto document = without_doctype(html);
  if (!document || !has_known_entities(*document)) return std::nullopt;
  TreeOfEvents tree;
  const auto scanned = scan_xml(*document, tree);
  if (!scanned || !scanned->ok()) return std::nullopt;
  HtmlNodes nodes = tree.take();
  if (nodes[0].name != "html") return std::nullopt;
  return nodes;
}

}  // namespace rappel::extractor
