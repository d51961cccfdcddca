#include "extractor/office/xml_walk.h"

#include <cstddef>
#include <new>
#include <string>
#include <vector>

#include "extractor/office/xml.h"

namespace rappel::extractor {
namespace {

constexpr std::size_t kSmall = std::size_t{1} << 20;  // its tree takes up to ten times as much

class Walk final : public pugi::xml_tree_walker {
 public:
  explicit Walk(XmlEvents& events) : events_(events) {}

  Status run(XmlTree& tree) {
    tree.traverse(*this);
    if (status_.ok()) status_ = close(0);
    return std::move(status_);
  }

  bool for_each(pugi::xml_node& node) override {
    status_ = close(static_cast<std::size_t>(depth()));
    if (status_.ok()) status_ = tell(node);
    return status_.ok();
  }

 private:
  Status tell(XmlNode node) {
    if (node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata)
      return events_.text(node.value());
    if (node.type() != pugi::node_element) return {};
    if (open_.size() == static_cast<std::size_t>(kMaxXmlDepth)) return refuse_xml("is nested too deep");
    pairs_.clear();
    for (auto attribute = node.first_attribute(); attribute; attribute = attribute.next_attribute())
      pairs_.insert(pairs_.end(), {attribute.name(), attribute.value()});
    pairs_.push_back(nullptr);
    open_.push_back(local_xml_name(node.name()));
    return events_.start(open_.back(), XmlAttributes(pairs_.data()));
  }

  // The elements that are so deep or deeper.
  Status close(std::size_t depth) {
    while (open_.size() > depth) {
      RAPPEL_TRY(events_.end(open_.back()));
      open_.pop_back();
    }
    return {};
  }

  XmlEvents& events_;
  Status status_;
  std::vector<std::string_view> open_;
  std::vector<const char*> pairs_;
};

}  // namespace

std::optional<Status> walk_xml(std::string_view bytes, XmlEvents& events) {
  if (bytes.size() > kSmall || bytes.find("<!DOCTYPE") != std::string_view::npos) return std::nullopt;
  XmlTree tree;
  const auto result =
      tree.load_buffer(bytes.data(), bytes.size(), pugi::parse_default | pugi::parse_ws_pcdata);
  if (result.status == pugi::status_out_of_memory) throw std::bad_alloc();
  if (!result) return std::nullopt;
  return Walk(events).run(tree);
}

}  // namespace rappel::extractor
