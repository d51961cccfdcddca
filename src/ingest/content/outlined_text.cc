#include "ingest/content/outlined_text.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/check.h"

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

}  // namespace

void OutlinedTextBuilder::go_back(const Point& point) {
  text_.cut_to(point.text);
  outline_.go_back(point.outline);
}

Status OutlinedTextBuilder::add(std::string_view text, const Outline& outline) {
  outline_.append(outline, text_.size());
  for (; !text.empty(); text.remove_prefix(std::min(TextPieces::kPiece, text.size()))) {
    text_.append(text.substr(0, TextPieces::kPiece));
    RAPPEL_TRY(count());
  }
  return {};
}

Result<OutlinedText> OutlinedTextBuilder::take() {
  OutlinedText taken{text_.take(), outline_.take()};
  RAPPEL_TRY(share_.set(taken.memory()));
  share_.leave();
  return taken;
}

Status FileRenderer::block(const Block& block, std::size_t part) {
  RAPPEL_TRY(enter_parts(part));
  add(block);
  return out_.count();
}

Status FileRenderer::finish() {
  part_ = content_.parts.size();
  return give_attachments();
}

Status FileRenderer::enter_parts(std::size_t part) {
  if (part_ == part) return {};
  std::string feeds;
  for (; part_ < part; ++part_) {
    RAPPEL_TRY(give_attachments());
    const PartKind kind = content_.parts[part_].kind;
    if (part_ > 0 && kind != PartKind::kMessage && kind != PartKind::kChapter) feeds += '\f';
  }
  end_line();
  out_.text_.append(feeds);
  mark_parts();
  in_line_ = false;
  return {};
}

// Parts without text get their marks too, in front of the next text.
void FileRenderer::mark_parts() {
  for (; marked_ < part_; ++marked_) {
    const Part& part = content_.parts[marked_];
    out_.outline_.part(mark_kind(part.kind), part.name, out_.text_.size());
  }
}

void FileRenderer::end_line() {
  if (in_line_) out_.text_.append("\n");
  in_line_ = true;
}

void FileRenderer::add(const Block& block) {
  end_line();
  OutlineBuilder& outline = out_.outline_;
  const std::size_t begin = out_.text_.size(), end = begin + block.text.size();
  out_.text_.append(block.text);
  switch (block.kind) {
    case BlockKind::kHeading: return outline.heading(block.level, begin, end);
    case BlockKind::kTableRow: return outline.row(block.row, block.header_row, block.text, begin);
    case BlockKind::kListItem: return outline.item(begin, end);
    case BlockKind::kCode: outline.other(); return outline.code(begin, end);
    case BlockKind::kParagraph:
    case BlockKind::kNote: return outline.other();
  }
}

// Those of the parts that have ended.
Status FileRenderer::give_attachments() {
  if (!attached_) return {};
  for (; attachment_ < content_.attachments.size() && content_.attachment_parts[attachment_] <= part_;
       ++attachment_)
    RAPPEL_TRY(give_attachment(attachment_));
  return {};
}

Status FileRenderer::give_attachment(std::size_t index) {
  const OutlinedTextBuilder::Point before = out_.point();
  const std::pair line_and_marks(in_line_, marked_);
  end_line();
  mark_parts();
  const std::size_t begin = out_.text_.size();
  const auto outer = out_.outline_.begin_file(content_.attachments[index].name, begin);
  RAPPEL_TRY(attached_(index));
  if (out_.text_.size() > begin) {
    out_.outline_.end_file(outer, out_.text_.size());
  } else {
    out_.go_back(before);
    std::tie(in_line_, marked_) = line_and_marks;
  }
  return out_.count();
}

OutlinedText outlined_text_of(const CollectedContent& content,
                              const std::function<OutlinedText(std::size_t index)>& attachment) {
  OutlinedTextBuilder out;
  FileRenderer renderer(content, out, [&](std::size_t index) {
    const OutlinedText inner = attachment(index);
    return out.add(inner.text, inner.outline);
  });
  Status added;
  for (const auto& [block, part] : content.blocks)
    if (added.ok()) added = renderer.block(block, part);
  if (added.ok()) added = renderer.finish();
  auto text = out.take();
  RAPPEL_CHECK(added.ok() && text.ok(), "nothing counts the memory");
  return std::move(*text);
}

OutlinedText outlined_text_of(const CollectedContent& content) {
  return outlined_text_of(content, [](std::size_t) { return OutlinedText(); });
}

std::string text_of(const CollectedContent& content) { return outlined_text_of(content).text; }

}  // namespace rappel
