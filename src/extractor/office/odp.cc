#include "extractor/office/odp.h"

#include <charconv>
#include <cmath>
#include <set>
#include <utility>

#include "extractor/office/by_position.h"
#include "extractor/office/odf_blocks.h"
#include "extractor/office/ooxml.h"

namespace rappel::extractor {
namespace {

constexpr double kSameRow = 5;  // mm
constexpr double kMostLength = 1e9;
constexpr double kTop = -1e9;  // of the title, which comes first
constexpr int kDepth = 64;     // of groups

struct Item {
  double x = 0, y = 0;
  SlideBox box = {};
  XmlNode node = {};
};

bool is_group(XmlNode node) { return name_of(node) == "draw:g" || name_of(node) == "draw:a"; }

// Turned shapes have their place in draw:transform, at its end: "rotate (1.57) translate (2cm 3cm)".
void read_translation(std::string_view transform, SlideBox& box) {
  const std::size_t at = transform.rfind("translate");
  if (at == std::string_view::npos) return;
  transform.remove_prefix(std::min(transform.find('(', at), transform.size() - 1) + 1);
  box.x = millimetres(transform.substr(0, transform.find(' ')));
  box.y = millimetres(transform.substr(std::min(transform.find(' '), transform.size() - 1) + 1));
}

SlideBox box_of(XmlNode shape, int depth) {
  if (is_group(shape)) {
    const XmlNode first = shape.find_child([](XmlNode node) { return name_of(node).starts_with("draw:"); });
    return depth == 0 || !first ? SlideBox{} : box_of(first, depth - 1);
  }
  SlideBox box{millimetres(attribute(shape, "svg:x")), millimetres(attribute(shape, "svg:y")),
               millimetres(attribute(shape, "svg:width")), millimetres(attribute(shape, "svg:height"))};
  read_translation(attribute(shape, "draw:transform"), box);
  return box;
}

bool has_text(XmlNode shape) {
  for (XmlNode at = next_in(shape, shape); at; at = next_in(at, shape))
    if (at.type() == pugi::node_pcdata && has_letter_or_digit(at.value())) return true;
  return false;
}

class OdpReader {
 public:
  OdpReader(const Package& package, ContentSink& sink)
      : package_(package), sink_(sink), blocks_(package, styles_) {}

  Status read() {
    XmlTree content, styles;
    RAPPEL_ASSIGN(const bool found, load_part(package_, "content.xml", content, sink_, XmlSpace::kAll));
    const XmlNode root = content.document_element();
    const XmlNode pages = child(child(root, "office:body"), "office:presentation");
    if (!found || !pages)
      return Status(Code::kInvalidArgument,
                    "the presentation has no slides; open it in its program and save it again");
    RAPPEL_TRY(give_odf_properties(package_, sink_));
    styles_.load(root);
    for (const XmlNode page : pages.children("draw:page")) RAPPEL_TRY(give_page(page));
    return {};
  }

 private:
  Status give_page(XmlNode page) {
    const XmlNode look =
        styles_.properties(attribute(page, "draw:style-name"), "style:drawing-page-properties");
    RAPPEL_TRY(sink_.part({PartKind::kSlide, "", attribute(look, "presentation:visibility") == "hidden"}));
    RAPPEL_TRY(give_shapes(page, kDepth, false));
    RAPPEL_TRY(give_notes(child(page, "presentation:notes")));
    for (const XmlNode comment : page.children("office:annotation"))
      RAPPEL_TRY(blocks_.give_one(comment, give_));
    return {};
  }

  Status give_shapes(XmlNode parent, int depth, bool as_stored) {
    if (depth == 0) return {};
    std::vector<Item> items;
    std::vector<SlideBox> boxes;
    for (const XmlNode node : parent.children()) {
      if (!name_of(node).starts_with("draw:") || !has_text(node)) continue;
      Item item{.box = box_of(node, depth), .node = node};
      item.x = item.box.x;
      item.y = attribute(node, "presentation:class") == "title" ? kTop : item.box.y;
      items.push_back(item);
      boxes.push_back(item.box);
    }
    as_stored = as_stored || cover_each_other(boxes);
    if (!as_stored) sort_by_position(items, kSameRow);
    for (const Item& item : items)
      RAPPEL_TRY(is_group(item.node) ? give_shapes(item.node, depth - 1, as_stored) : give_shape(item.node));
    return {};
  }

  Status give_shape(XmlNode shape) {
    const std::string_view kind = attribute(shape, "presentation:class");
    if (kind == "date-time" || kind == "page-number" ||
        attribute(shape, "presentation:placeholder") == "true")
      return {};
    if (kind != "title" && kind != "footer" && kind != "header") return blocks_.give_one(shape, give_);
    std::string text;
    RAPPEL_TRY(blocks_.give_one(shape, into(text)));
    text = one_line(text);
    if (kind == "title") return give_({.kind = BlockKind::kHeading, .text = std::move(text), .level = 1});
    if (!footers_.insert(text).second) return {};
    return give_({.kind = BlockKind::kNote, .text = std::move(text)});
  }

  Status give_notes(XmlNode notes) {
    for (const XmlNode frame : notes.children("draw:frame")) {
      const std::string_view kind = attribute(frame, "presentation:class");
      if ((!kind.empty() && kind != "notes") || attribute(frame, "presentation:placeholder") == "true")
        continue;
      std::string text;
      RAPPEL_TRY(blocks_.give_one(frame, into(text)));
      RAPPEL_TRY(give_({.kind = BlockKind::kNote, .text = std::move(text)}));
    }
    return {};
  }

  const Package& package_;
  ContentSink& sink_;
  const Give give_ = [this](Block block) { return sink_.block(std::move(block)); };
  OdfStyles styles_;
  OdfBlocks blocks_;
  std::set<std::string> footers_;
};

}  // namespace

Status read_odp(const Source& source, ContentSink& sink) {
  RAPPEL_ASSIGN(const Package package, open_odf(source, sink));
  return OdpReader(package, sink).read();
}

double millimetres(std::string_view length) {
  double value = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), value);
  if (error != std::errc() || !(std::fabs(value) < kMostLength)) return 0;
  const std::string_view unit = length.substr(static_cast<std::size_t>(end - length.data()));
  if (unit.starts_with("cm")) return value * 10;
  if (unit.starts_with("in")) return value * 25.4;
  if (unit.starts_with("pt")) return value * 25.4 / 72;
  if (unit.starts_with("pc")) return value * 25.4 / 6;
  return value;
}

}  // namespace rappel::extractor
