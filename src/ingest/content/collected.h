// CollectedContent: a sink that keeps everything, within bounds, and renders it for people: as text and as
// JSON.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "extractor/content.h"

namespace rappel {

struct ContentBounds {
  std::size_t text_bytes = std::size_t{64} << 20;
  std::size_t blocks = 4'000'000;
  std::size_t parts = 100'000;
  std::size_t properties = 64;
  std::size_t warnings = 100;
  std::size_t attachments = 1'000;
  std::size_t attachment_bytes = std::size_t{256} << 20;  // together
};

class CollectedContent final : public ContentSink {
 public:
  explicit CollectedContent(const ContentBounds& bounds = {}) : bounds_(bounds) {}

  Status part(Part part) override;
  Status block(Block block) override;
  Status property(std::string_view name, std::string value) override;
  Status warning(std::string message) override;
  Status attachment(Attachment attachment) override;

  struct PlacedBlock {
    Block block;
    std::size_t part = 0;  // 0: before the first part; else parts[part - 1]
  };
  std::vector<Part> parts;
  std::vector<PlacedBlock> blocks;
  std::vector<std::pair<std::string, std::string>> properties;
  std::vector<std::string> warnings;
  std::vector<Attachment> attachments;

 private:
  ContentBounds bounds_;
  std::size_t text_bytes_ = 0, attachment_bytes_ = 0;
};

// Blocks parted by line ends, parts of other kinds than messages and chapters by form feeds.
std::string text_of(const CollectedContent& content);

// {"kind", "headings": [{"level", "text"}], "pages", "slides", "chapters", "messages": counts,
// "sheets": [{"name", "hidden", "rows"}], "attachments": [{"name", "bytes"}], "metadata": {..},
// "warnings": [..]}; members without content are left out.
std::string json_of(const CollectedContent& content, std::string_view kind);

}  // namespace rappel
