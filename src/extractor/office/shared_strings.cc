#include "extractor/office/shared_strings.h"

#include "extractor/xml/xml_events.h"

namespace rappel::extractor {

namespace {
constexpr std::size_t kMostBytes = std::size_t{256} << 20;
constexpr std::size_t kMostStrings = 10'000'000;
}  // namespace

// si: one string, in t or in several r/t; rPh: how it is spoken.
class SharedStringsReader final : public XmlEvents {
 public:
  explicit SharedStringsReader(SharedStrings& strings) : strings_(strings) {}

  Status start(std::string_view name, const XmlAttributes&) override {
    if (name == "t") in_text_ = true;
    if (name == "rPh") spoken_ = true;
    return {};
  }

  Status end(std::string_view name) override {
    if (name == "t") in_text_ = false;
    if (name == "rPh") spoken_ = false;
    if (name != "si") return {};
    strings_.ends_.push_back(static_cast<std::uint32_t>(strings_.text_.size()));
    if (strings_.ends_.size() > kMostStrings)
      return Status(Code::kResourceExhausted, "the workbook has too many texts; the rest is left out");
    return {};
  }

  Status text(std::string_view text) override {
    if (!in_text_ || spoken_) return {};
    if (strings_.text_.size() + text.size() > kMostBytes)
      return Status(Code::kResourceExhausted, "the workbook has too much text; the rest is left out");
    strings_.text_ += text;
    return {};
  }

 private:
  SharedStrings& strings_;
  bool in_text_ = false, spoken_ = false;
};

Status SharedStrings::load(std::string_view xml) {
  SharedStringsReader reader(*this);
  return read_xml_events(xml, reader);
}

std::string_view SharedStrings::find(std::size_t index) const {
  if (index >= ends_.size()) return {};
  const std::size_t start = index == 0 ? 0 : ends_[index - 1];
  return std::string_view(text_).substr(start, ends_[index] - start);
}

}  // namespace rappel::extractor
