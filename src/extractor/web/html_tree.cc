#include "extractor/web/html_tree.h"

#include <gumbo.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>

#include "base/ascii.h"

namespace rappel::extractor {
namespace {

// gumbo frees a tree by recursion and one node at a time, so it gets memory that is freed as a whole. A part
// of the memory is used for one large piece or for many small ones.
class Arena {
 public:
  void* get(std::size_t size) {
    size = (size + alignof(std::max_align_t) - 1) / alignof(std::max_align_t) * alignof(std::max_align_t);
    if (size > kPart / 4) return parts_.emplace_back(new std::byte[size]).get();
    if (size > left_) {
      next_ = parts_.emplace_back(new std::byte[kPart]).get();
      left_ = kPart;
    }
    void* piece = next_;
    next_ += size;
    left_ -= size;
    return piece;
  }

 private:
  static constexpr std::size_t kPart = 256 << 10;
  std::vector<std::unique_ptr<std::byte[]>> parts_;
  std::byte* next_ = nullptr;
  std::size_t left_ = 0;
};

void* get(void* arena, std::size_t size) { return static_cast<Arena*>(arena)->get(size); }
void forget(void*, void*) {}

const GumboVector* children_of(const GumboNode* node) {
  return node->type == GUMBO_NODE_ELEMENT || node->type == GUMBO_NODE_TEMPLATE ? &node->v.element.children
                                                                               : nullptr;
}

std::string name_of(const GumboElement& element) {
  std::string name = gumbo_normalized_tagname(element.tag);
  if (!name.empty()) return name;
  GumboStringPiece piece = element.original_tag;
  gumbo_tag_from_original_text(&piece);
  name.assign(piece.data, std::min<std::size_t>(piece.length, 32));
  name = lower_case(name);
  return name.empty() ? "unknown" : name;
}

HtmlNode converted(const GumboNode& from, std::uint32_t parent) {
  HtmlNode node{.parent = parent};
  if (children_of(&from) == nullptr) {
    if (from.type != GUMBO_NODE_COMMENT) node.set_text(from.v.text.text);
    return node;
  }
  node.set_name(name_of(from.v.element));
  const GumboVector& attributes = from.v.element.attributes;
  for (unsigned i = 0; i < attributes.length; ++i) {
    const auto* attribute = static_cast<const GumboAttribute*>(attributes.data[i]);
    node.attributes.emplace_back(attribute->name, attribute->value);
  }
  return node;
}

struct Open {
  const GumboVector* children;
  unsigned next;
  std::uint32_t node;
};

HtmlNodes flattened(const GumboNode* root) {
  HtmlNodes nodes;
  nodes.push_back(converted(*root, 0));
  std::vector<Open> open = {{children_of(root), 0, 0}};
  while (!open.empty()) {
    Open& top = open.back();
    if (top.next == top.children->length) {
      nodes[top.node].end = static_cast<std::uint32_t>(nodes.size());
      open.pop_back();
      continue;
    }
    const auto* child = static_cast<const GumboNode*>(top.children->data[top.next++]);
    const auto at = static_cast<std::uint32_t>(nodes.size());
    nodes.push_back(converted(*child, top.node));
    nodes.back().end = at + 1;
    if (const GumboVector* children = children_of(child)) open.push_back({children, 0, at});
  }
  return nodes;
}

}  // namespace

void HtmlNode::set_name(std::string new_name) {
  name = std::move(new_name);
  tag = html_tag(name);
}

void HtmlNode::set_text(std::string new_text) {
  text = std::move(new_text);
  letters = text.size();
  for (const char c : text) letters -= static_cast<std::size_t>(c == ' ' || c == '\n' || c == '\t');
}

std::string_view HtmlNode::attribute(std::string_view key) const {
  for (const auto& [name_of_it, value] : attributes)
    if (name_of_it == key) return value;
  return {};
}

bool HtmlNode::has(std::string_view key) const {
  return std::any_of(attributes.begin(), attributes.end(),
                     [&](const auto& pair) { return pair.first == key; });
}

HtmlNodes parse_html(const std::string& html) {
  Arena arena;
  GumboOptions options = kGumboDefaultOptions;
  options.allocator = get;
  options.deallocator = forget;
  options.userdata = &arena;
  options.max_errors = 0;
  const GumboOutput* output = gumbo_parse_with_options(&options, html.data(), html.size());
  return flattened(output->root);
}

}  // namespace rappel::extractor
