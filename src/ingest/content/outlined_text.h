// The text of a content, and where its structure lies in it.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "ingest/content/collected.h"
#include "ingest/content/outline.h"

namespace rappel {

struct OutlinedText {
  std::string text;
  Outline outline;

  std::size_t memory() const { return text.capacity() + outline.memory(); }
};

// Blocks parted by line ends, parts of other kinds than messages and chapters by form feeds. The texts of
// attachments, if given one for each, follow the part in which they came.
OutlinedText outlined_text_of(const CollectedContent& content,
                              std::span<const OutlinedText> attachments = {});

// The most memory that it takes.
std::size_t outlined_size(const CollectedContent& content, std::span<const OutlinedText> attachments);

}  // namespace rappel
