// The blocks of a file, one a line, for comparison in tests: "h2:Title", "row!:name|weight". Line ends inside
// a block are '/', tabs '|'.
#pragma once

#include <string>

#include "ingest/content/collected.h"

namespace rappel::extractor {

inline std::string blocks_of(const CollectedContent& content) {
  std::string out;
  for (const auto& [block, part] : content.blocks) {
    const char* names[] = {"p", "h", "li", "row", "code", "note"};
    out += names[static_cast<int>(block.kind)];
    if (block.level > 0) out += std::to_string(block.level);
    if (block.header_row) out += "!";
    out += ':';
    for (const char c : block.text) out += c == '\n' ? '/' : c == '\t' ? '|' : c;
    out += '\n';
  }
  return out;
}

}  // namespace rappel::extractor
