// Runs a reader of src/extractor over one input and stops if the text that it gives is not UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/utf8.h"
#include "extractor/readers.h"
#include "ingest/content/collected.h"

inline void run_reader(rappel::extractor::ReadFunction read, std::string_view bytes,
                       const std::string& name = "") {
  using namespace rappel::extractor;
  rappel::CollectedContent content({.text_bytes = std::size_t{8} << 20, .blocks = 100'000});
  (void)read({bytes, name}, content);
  const auto check = [](std::string_view text) {
    if (!rappel::utf8_valid(text)) __builtin_trap();
  };
  for (const auto& [block, part] : content.blocks) check(block.text);
  for (const auto& [key, value] : content.properties) check(value);
  for (const auto& attachment : content.attachments) check(attachment.name);
  for (const auto& part : content.parts) check(part.name);
}
