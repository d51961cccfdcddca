#include "ingest/content/outlined_text.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace rappel {
namespace {

MarkKind mark_kind(PartKind kind) {
  switch (kind) {
    case PartKind::kPage: return MarkKind::kPage;
    case PartKind::kSlide: return MarkKind::kSlide;
    case PartKind::kSheet: return MarkKind::kSheet;
    case PartKind::kChapter: return MarkKind::kChapter;
    case PartKind::kMessage: return MarkKind::kMessage;
  }
  return MarkKind::kPage;
}

std::size_t text_size(const CollectedContent& content, std::span<const OutlinedText> attachments) {
  // Each part has a form feed, each block a line end.
  std::size_t bytes = content.parts.size() + content.blocks.text_bytes() + content.blocks.size();
  for (const OutlinedText& inner : attachments) bytes += inner.text.size() + 1;
  return bytes;
}

class Renderer {
 public:
  Renderer(const CollectedContent& content, std::span<const OutlinedText> attachments)
      : content_(content), attachments_(attachments) {
    text_.reserve(text_size(content, attachments));
  }

  OutlinedText run() {
    for (const auto& [block, part] : content_.blocks) {
      enter_parts(part);
      add(block);
    }
    part_ = content_.parts.size();
    give_attachments();
    return {std::move(text_), outline_.take()};
  }

 private:
  void enter_parts(std::size_t part) {
    std::string feeds;
    bool begun = false;
    for (; part_ < part; ++part_, begun = true) {
      give_attachments();
      const PartKind kind = content_.parts[part_].kind;
      if (part_ > 0 && kind != PartKind::kMessage && kind != PartKind::kChapter) feeds += '\f';
    }
    if (!begun) return;
    end_line();
    text_ += feeds;
    mark_parts();
    in_line_ = false;
  }

  // Parts without text get their marks too, in front of the next text.
  void mark_parts() {
    for (; marked_ < part_; ++marked_)
      outline_.part(mark_kind(content_.parts[marked_].kind), content_.parts[marked_].name, text_.size());
  }

  void end_line() {
    if (in_line_) text_ += '\n';
    in_line_ = true;
  }

  void add(const Block& block) {
    end_line();
    const std::size_t begin = text_.size(), end = begin + block.text.size();
    text_ += block.text;
    switch (block.kind) {
      case BlockKind::kHeading: return outline_.heading(block.level, begin, end);
      case BlockKind::kTableRow: return outline_.row(block.row, block.header_row, block.text, begin);
      case BlockKind::kListItem: return outline_.item(begin, end);
      case BlockKind::kCode: outline_.other(); return outline_.code(begin, end);
      case BlockKind::kParagraph:
      case BlockKind::kNote: return outline_.other();
    }
  }

  // Those of the parts that have ended.
  void give_attachments() {
    for (; attachment_ < attachments_.size() && content_.attachment_parts[attachment_] <= part_;
         ++attachment_) {
      const OutlinedText& inner = attachments_[attachment_];
      if (inner.text.empty()) continue;
      end_line();
      mark_parts();
      outline_.file(content_.attachments[attachment_].name, inner.outline, text_.size(), inner.text.size());
      text_ += inner.text;
    }
  }

  const CollectedContent& content_;
  const std::span<const OutlinedText> attachments_;
  std::string text_;
  OutlineBuilder outline_;
  std::size_t part_ = 0;        // parts that have begun
  std::size_t marked_ = 0;      // those of them that have their marks
  std::size_t attachment_ = 0;  // attachments that are in the text
  bool in_line_ = false;        // the text does not end where a new line or part begins
};

}  // namespace

OutlinedText outlined_text_of(const CollectedContent& content, std::span<const OutlinedText> attachments) {
  return Renderer(content, attachments).run();
}

std::size_t outlined_size(const CollectedContent& content, std::span<const OutlinedText> attachments) {
  constexpr std::size_t kName = sizeof(std::string) + kMostNameBytes;
  std::size_t marks = std::min(content.blocks.size(), kMostMarks), bytes = text_size(content, attachments);
  for (const OutlinedText& inner : attachments) bytes += inner.outline.memory();
  for (const Part& part : content.parts)
    bytes += sizeof(std::string) + std::min(part.name.size(), kMostNameBytes);
  for (const auto& [block, part] : content.blocks)
    if (block.header_row) bytes += std::min(kName, sizeof(std::string) + block.text.size());
  marks += content.parts.size() + attachments.size();
  return bytes + 2 * marks * sizeof(OutlineMark);  // a vector that grows has twice the room
}

std::string text_of(const CollectedContent& content) { return outlined_text_of(content).text; }

}  // namespace rappel
