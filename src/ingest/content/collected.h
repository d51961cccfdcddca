// CollectedContent: a sink that keeps everything, within bounds, and renders its structure for people, as
// JSON.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "ingest/content/content.h"
#include "ingest/content/content_meter.h"
#include "ingest/content/placed_blocks.h"

namespace rappel {

struct OutlinedText;

class CollectedContent final : public ContentSink {
 public:
  // `memory` as in ContentMeter.
  explicit CollectedContent(const ContentBounds& bounds = {}, ByteHold* memory = nullptr)
      : meter_(bounds, memory) {}

  Status part(Part part) override;
  Status block(Block block) override;
  Status property(std::string_view name, std::string value) override;
  Status warning(std::string message) override;
  Status attachment(Attachment attachment) override;

  // Counts a block that the caller keeps, or not. False: it is blank, and dropped. Error: as block().
  Result<bool> count(const Block& block);
  // Memory that is needed no more.
  void release_blocks_before(std::size_t i) { meter_.give_back(blocks.release_before(i)); }
  void release_attachment(std::size_t i);

  // All blocks count, also those that were only counted.
  std::size_t text_bytes() const { return meter_.text_bytes(); }
  bool empty() const { return text_bytes() == 0 && attachments.empty(); }

  std::vector<Part> parts;
  std::vector<std::size_t> rows;  // table rows: before the first part, and in each part
  PlacedBlocks blocks;            // of part n: those of parts[n - 1]
  std::vector<std::pair<std::string, std::string>> properties;
  std::vector<std::string> warnings;
  std::vector<Attachment> attachments;
  std::vector<std::size_t> attachment_parts;  // as PlacedBlock::part
  std::vector<std::size_t> attachment_sizes;  // bytes, also of those that were released

 private:
  ContentMeter meter_;
};

// Without attachments; outlined_text.h renders them too, and the structure of the text.
std::string text_of(const CollectedContent& content);

// {"kind", "headings": [{"level", "text"}], "pages", "slides", "chapters", "messages": counts,
// "sheets": [{"name", "hidden", "rows"}], "attachments": [{"name", "bytes"}], "metadata": {..},
// "warnings": [..]}; members without content are left out. `text`: of the content, for its headings.
std::string json_of(const CollectedContent& content, const OutlinedText& text, std::string_view kind);

}  // namespace rappel
