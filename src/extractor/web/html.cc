#include "extractor/web/html.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "base/ascii.h"
#include "extractor/plain/encoding.h"
#include "extractor/plain/lines.h"
#include "extractor/web/html_blocks.h"
#include "extractor/web/html_scan.h"
#include "extractor/web/html_tree.h"
#include "extractor/web/main_text.h"
#include "extractor/web/xhtml_tree.h"
#include "extractor/web/xml_text.h"

namespace rappel::extractor {
namespace {

struct Meta {
  std::string_view name, property;
};

constexpr Meta kMetas[] = {
    {"author", "author"},
    {"article:author", "author"},
    {"dc.creator", "author"},
    {"description", "subject"},
    {"og:description", "subject"},
    {"dc.subject", "subject"},
    {"article:published_time", "created_at"},
    {"date", "created_at"},
    {"dc.date", "created_at"},
    {"dcterms.created", "created_at"},
    {"article:modified_time", "modified_at"},
    {"last-modified", "modified_at"},
    {"og:title", "title"},
    {"dc.title", "title"},
};

std::string lower(std::string_view text) { return lower_case(text.substr(0, 100)); }

// "2024-05-06", or a whole RFC 3339 time; "" for others.
std::string as_time(std::string_view value) {
  value = trim(value);
  constexpr std::string_view kForm = "0000-00-00T00:00:00";
  for (std::size_t i = 0; i < value.size() && i < kForm.size(); ++i) {
    const bool digit = std::isdigit(static_cast<unsigned char>(value[i])) != 0;
    if (digit != (kForm[i] == '0') || (!digit && value[i] != kForm[i])) return {};
  }
  if (value.size() == 10) return std::string(value) + "T00:00:00Z";
  if (value.size() == kForm.size()) return std::string(value) + "Z";
  return value.size() > kForm.size() && value.size() < 40 ? std::string(value) : std::string();
}

std::uint32_t first_named(const HtmlNodes& nodes, std::string_view name) {
  const auto found =
      std::find_if(nodes.begin(), nodes.end(), [&](const HtmlNode& node) { return node.name == name; });
  return static_cast<std::uint32_t>(found - nodes.begin());
}

// Sites add their name to the titles of their pages; the first heading has it without.
std::string title_of(const HtmlNodes& nodes) {
  const std::uint32_t element = first_named(nodes, "title"), heading = first_named(nodes, "h1");
  std::string title = element < nodes.size() ? html_text(nodes, element) : "";
  if (heading == nodes.size()) return title;
  std::string head = html_text(nodes, heading);
  const bool longer = title.size() > head.size() && title.starts_with(head) && title[head.size()] == ' ';
  return !head.empty() && (longer || title.empty()) ? head : title;
}

Status give_properties(const HtmlNodes& nodes, ContentSink& sink) {
  RAPPEL_TRY(sink.property("title", title_of(nodes)));
  for (const std::string_view name : {"lang", "xml:lang"})
    RAPPEL_TRY(sink.property("language", std::string(trim(nodes[0].attribute(name)))));
  for (const HtmlNode& node : nodes) {
    if (node.name != "meta") continue;
    std::string name = lower(node.attribute("name"));
    if (name.empty()) name = lower(node.attribute("property"));
    const auto* meta =
        std::find_if(std::begin(kMetas), std::end(kMetas), [&](const Meta& m) { return m.name == name; });
    if (meta == std::end(kMetas)) continue;
    const std::string_view value = trim(node.attribute("content"));
    RAPPEL_TRY(sink.property(meta->property, meta->property.ends_with("_at")
                                                 ? as_time(value)
                                                 : std::string(value.substr(0, 1000))));
  }
  return {};
}

Status give_nodes(const HtmlNodes& nodes, const HtmlOptions& options, ContentSink& sink) {
  if (options.properties) RAPPEL_TRY(give_properties(nodes, sink));
  return give_html_blocks(nodes, find_main_text(nodes, options.main_text), sink);
}

}  // namespace

Status give_html(std::string_view html, const HtmlOptions& options, ContentSink& sink) {
  if (options.may_be_xml)
    if (const auto nodes = parse_xhtml(html)) return give_nodes(*nodes, options, sink);
  const ScannedHtml scanned = scan_html(html);
  RAPPEL_TRY(give_nodes(parse_html(scanned.html), options, sink));
  if (scanned.cut) RAPPEL_TRY(sink.warning("the page has too many elements; the rest is left out"));
  return {};
}

Status read_html(const Source& source, ContentSink& sink) {
  std::string text;
  const std::string named = source.charset.empty() ? declared_encoding(source.bytes) : source.charset;
  RAPPEL_TRY(decode_text(source.bytes, named, sink, text));
  return give_html(text, {}, sink);
}

}  // namespace rappel::extractor
