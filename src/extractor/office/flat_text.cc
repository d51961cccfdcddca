#include "extractor/office/flat_text.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "extractor/office/text.h"
#include "extractor/xml/xml_events.h"

namespace rappel::extractor {
namespace {

constexpr std::size_t kMostParagraph = 1 << 20;

// Deleted text, and what says the same as something else.
constexpr std::array<std::string_view, 5> kUnread = {"del", "moveFrom", "Fallback", "tracked-changes",
                                                     "note-citation"};

class FlatText final : public XmlEvents {
 public:
  FlatText(FlatFormat format, ContentSink& sink) : word_(format == FlatFormat::kWord), sink_(sink) {}

  Status start(std::string_view name, const XmlAttributes&) override {
    if (is_unread(name)) ++unread_;
    if (name == "t") in_text_ = true;
    if (is_paragraph(name)) ++paragraphs_;
    if (paragraphs_ == 0) return {};
    if (name == "tab" || name == "s") text_ += name == "tab" ? '\t' : ' ';
    if (name == "br" || name == "line-break") text_ += '\n';
    return {};
  }

  Status end(std::string_view name) override {
    if (is_unread(name)) --unread_;
    if (name == "t") in_text_ = false;
    if (!is_paragraph(name)) return {};
    --paragraphs_;
    return finish();
  }

  Status text(std::string_view text) override {
    const bool counts = unread_ == 0 && (word_ ? in_text_ : paragraphs_ > 0);
    if (counts && text_.size() + text.size() <= kMostParagraph) text_ += text;
    return {};
  }

  // Gives the paragraph that the file breaks off in.
  Status finish() {
    std::string text = tidy(std::exchange(text_, {}));
    if (text.empty() || !refused_.ok()) return refused_;
    return refused_ = sink_.block({.kind = BlockKind::kParagraph, .text = std::move(text)});
  }
  const Status& refused() const { return refused_; }

 private:
  bool is_paragraph(std::string_view name) const { return name == "p" || (!word_ && name == "h"); }
  static bool is_unread(std::string_view name) {
    return std::find(kUnread.begin(), kUnread.end(), name) != kUnread.end();
  }

  const bool word_;
  ContentSink& sink_;
  Status refused_;
  std::string text_;
  int unread_ = 0, paragraphs_ = 0;
  bool in_text_ = false;
};

}  // namespace

Status give_flat_text(std::string_view xml, FlatFormat format, ContentSink& sink) {
  RAPPEL_TRY(sink.warning("the document is very large; it is read without its headings, tables and notes"));
  FlatText events(format, sink);
  const Status status = read_xml_events(xml, events);
  RAPPEL_TRY(events.refused());
  RAPPEL_TRY(events.finish());
  return status.ok() ? Status() : sink.warning(status.message());
}

}  // namespace rappel::extractor
