// The text of a file, and where its structure lies in it.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "ingest/content/collected.h"
#include "ingest/content/memory_share.h"
#include "ingest/content/outline.h"
#include "ingest/content/text_pieces.h"

namespace rappel {

struct OutlinedText {
  std::string text;
  Outline outline;

  std::size_t memory() const { return text.capacity() + outline.memory(); }
};

// One text of a file and the files in it, which grows in reading order. Failures are those of
// hold_for_file().
class OutlinedTextBuilder {
 public:
  // Counts the text in `memory`, which may be null.
  explicit OutlinedTextBuilder(ByteHold* memory = nullptr) : share_(memory) {}

  struct Point {
    std::size_t text = 0;
    OutlineBuilder::State outline;
  };
  Point point() const { return {text_.size(), outline_.state()}; }
  // Forgets what came after the point.
  void go_back(const Point& point);
  // A finished text, which is as it was.
  Status add(std::string_view text, const Outline& outline);
  // The result, which `memory` still counts.
  Result<OutlinedText> take();

 private:
  friend class FileRenderer;
  Status count() { return share_.set(text_.memory() + outline_.memory()); }

  TextPieces text_;
  OutlineBuilder outline_;
  MemoryShare share_;
};

// Adds the text of one file: blocks parted by line ends, parts of other kinds than messages and chapters by
// form feeds. The texts of attachments follow the part in which they came.
class FileRenderer {
 public:
  // Adds the text of an attachment of the content to `out`, or nothing. Null: no attachment gives text.
  using Attached = std::function<Status(std::size_t index)>;

  // `content` is that of the file as far as it is known. All live longer.
  FileRenderer(const CollectedContent& content, OutlinedTextBuilder& out, Attached attached)
      : content_(content), out_(out), attached_(std::move(attached)) {}

  // The next block; `part` as PlacedBlock::part.
  Status block(const Block& block, std::size_t part);
  // After the last block.
  Status finish();

 private:
  Status enter_parts(std::size_t part);
  void mark_parts();
  void end_line();
  void add(const Block& block);
  Status give_attachments();
  Status give_attachment(std::size_t index);

  const CollectedContent& content_;
  OutlinedTextBuilder& out_;
  const Attached attached_;
  std::size_t part_ = 0;        // parts that have begun
  std::size_t marked_ = 0;      // those of them that have their marks
  std::size_t attachment_ = 0;  // attachments that are in the text
  bool in_line_ = false;        // the text does not end where a new line or part begins
};

// Without attachments.
OutlinedText outlined_text_of(const CollectedContent& content);
// With the text of attachments.
OutlinedText outlined_text_of(const CollectedContent& content,
                              const std::function<OutlinedText(std::size_t index)>& attachment);

}  // namespace rappel
