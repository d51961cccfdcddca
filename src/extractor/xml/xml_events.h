// XML as events, for sheets and other parts that may be large, in constant memory: by xml_scan.h, and else by
// expat, whose only adapter this is.
#pragma once

#include <span>
#include <string_view>

#include "base/status.h"

namespace rappel::extractor {

inline constexpr int kMaxXmlDepth = 256;

struct XmlAttribute {
  std::string_view name, value;
};

// Attributes of one element. Names as elements below; views live as long as the event.
class XmlAttributes {
 public:
  explicit XmlAttributes(std::span<const XmlAttribute> all) : all_(all) {}
  // Empty if there is none.
  std::string_view operator[](std::string_view name) const {
    for (const XmlAttribute& attribute : all_)
      if (attribute.name == name) return attribute.value;
    return {};
  }
  std::span<const XmlAttribute> all() const { return all_; }

 private:
  std::span<const XmlAttribute> all_;
};

// Names are local, without a prefix: "c", "table-row". A failure ends the reading and is returned.
class XmlEvents {
 public:
  virtual ~XmlEvents() = default;
  virtual Status start(std::string_view name, const XmlAttributes& attributes) = 0;
  virtual Status end(std::string_view name) = 0;
  // One text may come in several pieces.
  virtual Status text(std::string_view text) = 0;
};

// "c" of "x:c".
inline std::string_view local_xml_name(std::string_view name) {
  const std::size_t colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

// The failure of a part with a fault: "is nested too deep".
Status refuse_xml(const char* why);

// Errors: kInvalidArgument (not well-formed, deeper than kMaxXmlDepth, or it declares entities) after the
// events before the fault; failures of `events`.
Status read_xml_events(std::string_view bytes, XmlEvents& events);

}  // namespace rappel::extractor
