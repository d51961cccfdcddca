// CollectedContent: a sink that keeps everything, within bounds, and renders it for people: as text and as
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

  std::vector<Part> parts;
  PlacedBlocks blocks;  // of part n: those of parts[n - 1]
  std::vector<std::pair<std::string, std::string>> properties;
  std::vector<std::string> warnings;
  std::vector<Attachment> attachments;
  std::vector<std::size_t> attachment_parts;  // as PlacedBlock::part

 private:
  ContentMeter meter_;
};

// Without attachments; outlined_text.h renders them too, and the structure of the text.
std::string text_of(const CollectedContent& content);

// {"kind", "headings": [{"level", "text"}], "pages", "slides", "chapters", "messages": counts,
// "sheets": [{"name", "hidden", "rows"}], "attachments": [{"name", "bytes"}], "metadata": {..},
// "warnings": [..]}; members without content are left out.
std::string json_of(const CollectedContent& content, std::string_view kind);

}  // namespace rappel
