#include "extractor/office/pptx_slide.h"

#include <algorithm>
#include <iterator>

#include "extractor/office/drawing.h"
#include "extractor/office/xml_part.h"

namespace rappel::extractor {
namespace {

constexpr double kSameRow = 180'000;            // EMU, half a centimetre
constexpr double kLine = 228'600;               // EMU, 18 points
constexpr int kDepth = 64;                      // of groups
constexpr std::size_t kMostPlaceholders = 200;  // of a layout
constexpr double kTop = -1e18;                  // of the title, which comes first

XmlNode placeholder_of(XmlNode shape) {
  for (const XmlNode part : shape.children())
    if (name_of(part).starts_with("p:nv"))
      if (const XmlNode placeholder = child(child(part, "p:nvPr"), "p:ph")) return placeholder;
  return {};
}

bool is_title(std::string_view type) { return type == "title" || type == "ctrTitle"; }

// The number of the slide, or a date.
bool is_unread(XmlNode placeholder) {
  const std::string_view type = attribute(placeholder, "type");
  return type == "sldNum" || type == "dt";
}

bool read_box(XmlNode shape, SlideBox& box) {
  XmlNode transform = child(child(shape, "p:spPr"), "a:xfrm");
  if (!transform) transform = child(child(shape, "p:grpSpPr"), "a:xfrm");
  if (!transform) transform = child(shape, "p:xfrm");
  const XmlNode offset = child(transform, "a:off"), size = child(transform, "a:ext");
  if (!offset) return false;
  const auto length = [](XmlNode node, const char* name) {
    return to_number(attribute(node, name)).value_or(0);
  };
  box = {length(offset, "x"), length(offset, "y"), length(size, "cx"), length(size, "cy")};
  return true;
}

// The frames of text that somebody did not drag to its size are often too low.
double height_of_text(XmlNode shape) {
  const auto paragraphs = child(shape, "p:txBody").children("a:p");
  return kLine * static_cast<double>(std::distance(paragraphs.begin(), paragraphs.end()));
}

bool has_text(XmlNode shape) {
  for (XmlNode at = next_in(shape, shape); at; at = next_in(at, shape))
    if (name_of(at) == "a:t" && has_letter_or_digit(at.child_value())) return true;
  return false;
}

std::string title_of(XmlNode body) {
  std::string text;
  (void)give_drawing_body(body, BlockKind::kHeading, into(text));
  return one_line(text);
}

}  // namespace

const std::vector<PptxLayouts::Placeholder>& PptxLayouts::placeholders_of(const std::string& part) {
  const auto [place, added] = by_part_.emplace(part, std::vector<Placeholder>());
  XmlTree tree;
  if (!added || !load_xml_part(package_, part, XmlSpace::kInText, tree)) return place->second;
  for (const XmlNode shape : child(child(tree.document_element(), "p:cSld"), "p:spTree").children("p:sp")) {
    const XmlNode placeholder = placeholder_of(shape);
    SlideBox box;
    if (placeholder && place->second.size() < kMostPlaceholders && read_box(shape, box))
      place->second.push_back(
          {std::string(attribute(placeholder, "type")), std::string(attribute(placeholder, "idx")), box});
  }
  return place->second;
}

const SlideBox* PptxLayouts::find_in(const std::string& part, std::string_view type, std::string_view index) {
  const std::vector<Placeholder>& all = placeholders_of(part);
  const Placeholder* by_type = nullptr;
  for (const Placeholder& placeholder : all) {
    if (!index.empty() && placeholder.index == index) return &placeholder.box;
    const bool same = placeholder.type == type || (is_title(placeholder.type) && is_title(type));
    if (same && by_type == nullptr) by_type = &placeholder;
  }
  return by_type == nullptr ? nullptr : &by_type->box;
}

const SlideBox* PptxLayouts::find(const std::string& layout, std::string_view type, std::string_view index) {
  if (layout.empty()) return nullptr;
  if (const SlideBox* position = find_in(layout, type, index)) return position;
  const auto [known, added] = masters_.emplace(layout, "");
  std::string& master = known->second;
  if (added) master = target_of_type(read_relations(package_, layout), "slideMaster");
  if (master.empty()) return nullptr;
  return find_in(master, type.empty() || type == "subTitle" ? "body" : type, "");
}

Status PptxSlide::give_tree(XmlNode tree, const Give& give) { return give_items(tree, give, kDepth, false); }

void PptxSlide::collect(XmlNode tree, std::vector<Item>& items, int depth) {
  for (const XmlNode node : tree.children()) {
    const std::string_view name = name_of(node);
    if (name == "mc:AlternateContent" && depth > 0) collect(chosen_alternative(node), items, depth - 1);
    if (name != "p:sp" && name != "p:grpSp" && name != "p:graphicFrame" && name != "p:cxnSp") continue;
    if (is_unread(placeholder_of(node))) continue;
    Item item{.node = node};
    // Unknown places follow the shape before.
    if (!place(node, item, depth) && !items.empty()) {
      item.x = items.back().x;
      item.y = items.back().y;
    }
    items.push_back(item);
  }
}

bool PptxSlide::place(XmlNode node, Item& item, int depth) {
  const XmlNode placeholder = placeholder_of(node);
  const std::string_view type = attribute(placeholder, "type");
  bool known = read_box(node, item.box);
  if (!known && placeholder) {
    const auto* box = layouts_.find(layout_, type, attribute(placeholder, "idx"));
    known = box != nullptr;
    if (known) item.box = *box;
  }
  if (!known && name_of(node) == "p:grpSp" && depth > 0) {
    const XmlNode first = child(node, "p:sp");
    known = first && place(first, item, depth - 1);
  }
  item.box.height = std::max(item.box.height, height_of_text(node));
  item.x = item.box.x;
  item.y = item.box.y;
  if (!placeholder || !is_title(type)) return known;
  item.y = kTop;
  return true;
}

bool PptxSlide::overlap(const std::vector<Item>& items) {
  std::vector<SlideBox> boxes;
  for (const Item& item : items)
    if (has_text(item.node)) boxes.push_back(item.box);
  return cover_each_other(boxes);
}

Status PptxSlide::give_items(XmlNode tree, const Give& give, int depth, bool as_stored) {
  if (depth == 0) return {};
  std::vector<Item> items;
  collect(tree, items, depth);
  as_stored = as_stored || overlap(items);
  if (!as_stored) sort_by_position(items, kSameRow);
  for (const Item& item : items) {
    const std::string_view name = name_of(item.node);
    if (name == "p:grpSp")
      RAPPEL_TRY(give_items(item.node, give, depth - 1, as_stored));
    else if (name == "p:graphicFrame")
      RAPPEL_TRY(give_frame(item.node, give));
    else
      RAPPEL_TRY(give_shape(item.node, give));
  }
  return {};
}

Status PptxSlide::give_shape(XmlNode shape, const Give& give) {
  const XmlNode placeholder = placeholder_of(shape), body = child(shape, "p:txBody");
  const std::string_view type = attribute(placeholder, "type");
  if (is_title(type)) return give({.kind = BlockKind::kHeading, .text = title_of(body), .level = 1});
  if (type == "ftr" || type == "hdr") {
    std::string text = title_of(body);
    if (!given_.insert(text).second) return {};
    return give({.kind = BlockKind::kNote, .text = std::move(text)});
  }
  const bool listed = placeholder && type != "subTitle";
  return give_drawing_body(body, listed ? BlockKind::kListItem : BlockKind::kParagraph, give);
}

std::string PptxSlide::target_once(XmlNode node, const char* relation) {
  const std::string target = target_of(relations_, attribute(node, relation));
  return given_.insert(target).second ? target : "";
}

Status PptxSlide::give_frame(XmlNode frame, const Give& give) {
  for (XmlNode at = next_in(frame, frame); at;) {
    const std::string_view name = name_of(at);
    if (name == "a:tbl") RAPPEL_TRY(give_drawing_table(at, give));
    if (name == "c:chart") return give_chart(package_, target_once(at, "r:id"), give);
    if (name == "dgm:relIds") return give_diagram(package_, target_once(at, "r:dm"), give);
    at = next_in(at, frame, name != "a:tbl" && name != "mc:Fallback");
  }
  return {};
}

}  // namespace rappel::extractor
