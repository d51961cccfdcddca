// Contexts: what is embedded before a chunk's text, within the tokens that there is room for.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/status.h"
#include "ingest/chunk/chunker.h"

namespace rappel {

class Contexts {
 public:
  // Both must outlive it.
  Contexts(const TokenReader& read_tokens, const ChunkOptions& options)
      : read_tokens_(read_tokens), options_(options) {}

  // Lines, outermost first. The first ones are left out, and the last one cut, if they have too many tokens.
  // Errors of the reader.
  Status set(std::vector<std::string> lines);

  const std::string& text() const { return text_; }  // "" or lines that end in line ends
  // Tokens of text for which there is room after it.
  std::size_t piece_tokens() const;

 private:
  const TokenReader& read_tokens_;
  const ChunkOptions& options_;
  std::vector<std::string> lines_;
  std::string text_;
  std::size_t tokens_ = 0;
};

}  // namespace rappel
