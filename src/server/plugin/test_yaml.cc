#include "server/plugin/test_yaml.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "base/check.h"

namespace rappel {
namespace {

Json scalar(std::string_view text) {
  const bool digits = std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c); });
  if (digits || text == "true" || text == "false" || text == "[]" || text.front() == '"') {
    const auto parsed = parse_json(text);
    RAPPEL_CHECK(parsed.ok(), "a scalar of YAML is one of JSON");
    return *parsed;
  }
  if (text.front() == '\'') return std::string(text.substr(1, text.size() - 2));
  return std::string(text);
}

class YamlReader {
 public:
  explicit YamlReader(std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      const std::string_view line = text.substr(0, end);
      if (const std::size_t indent = line.find_first_not_of(' '); indent != line.npos)
        lines_.push_back({indent, line.substr(indent)});
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  Json read() {
    Json whole = block(0);
    RAPPEL_CHECK(next_ == lines_.size(), "a line of YAML is indented as the ones before it");
    return whole;
  }

 private:
  struct Line {
    std::size_t indent;
    std::string_view text;
  };
  bool here(std::size_t indent) const { return next_ < lines_.size() && lines_[next_].indent == indent; }
  bool is_item() const { return lines_[next_].text.starts_with("- "); }

  // The lines from the next one on with that indentation.
  Json block(std::size_t indent) {
    RAPPEL_CHECK(here(indent), "a block of YAML has lines");
    return is_item() ? sequence(indent) : mapping(indent);
  }

  // An item is a scalar, or a mapping whose first line stands after the dash.
  Json sequence(std::size_t indent) {
    Json items = Json::array();
    while (here(indent) && is_item()) {
      Line& line = lines_[next_];
      line = {indent + 2, line.text.substr(2)};
      if (line.text.ends_with(':') || line.text.find(": ") != line.text.npos)
        items.push_back(block(indent + 2));
      else
        items.push_back(scalar(lines_[next_++].text));
    }
    return items;
  }

  Json mapping(std::size_t indent) {
    Json members = Json::object();
    while (here(indent) && !is_item()) {
      const std::string_view text = lines_[next_++].text;
      const std::size_t colon = std::min(text.find(": "), text.size() - 1);
      RAPPEL_CHECK(text[colon] == ':', "a line of YAML is `key: value` or `key:`");
      const Json name = scalar(text.substr(0, colon));
      const std::string key = name.is_string() ? name.get<std::string>() : dump_json(name);
      if (colon + 2 < text.size())
        members[key] = scalar(text.substr(colon + 2));
      else
        members[key] = block(next_ < lines_.size() ? lines_[next_].indent : indent);
    }
    return members;
  }

  std::vector<Line> lines_;
  std::size_t next_ = 0;
};

}  // namespace

Json parse_test_yaml(std::string_view text) { return YamlReader(text).read(); }

}  // namespace rappel
