// TokenWindow: the tokens of one text around a place that moves forward through it.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "ingest/chunk/chunker.h"

namespace rappel {

class TokenWindow {
 public:
  // Text and reader must outlive it. The text is read in pieces of about piece_bytes.
  TokenWindow(std::string_view text, const TokenReader& read, std::size_t piece_bytes)
      : text_(text), read_(read), piece_bytes_(piece_bytes) {}

  // Afterwards at least `count` tokens that end after the byte are there, or all that the text still has.
  // Earlier ones may be dropped, so that indexes change. Calls must not go back.
  Status load(std::size_t byte, std::size_t count);

  bool empty() const { return tokens_.empty(); }
  std::size_t size() const { return tokens_.size(); }
  const ByteRange& operator[](std::size_t i) const { return tokens_[i]; }
  // Index of the first token that ends after the byte.
  std::size_t after(std::size_t byte) const;

 private:
  std::size_t piece_end() const;

  const std::string_view text_;
  const TokenReader& read_;
  const std::size_t piece_bytes_;
  std::size_t next_ = 0;  // bytes before it have been read
  std::vector<ByteRange> tokens_;
};

}  // namespace rappel
