// WordOrigins: the text that words are cut from (word_text.h), with the place in the original text where each
// part of it comes from. Slower than WordText, because it normalizes part by part.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rappel {

class WordOrigins {
 public:
  // `text` is valid UTF-8 below 4 GiB. The same text as WordText::prepare(); the view lasts until the next
  // call, or as long as `text`.
  std::string_view prepare(std::string_view text);

  // In code points of the original: the begin and the end of what byte `at` of the prepared text comes from.
  std::size_t begin_of(std::size_t at) const { return begins_.empty() ? at : begins_[at]; }
  std::size_t end_of(std::size_t at) const { return ends_.empty() ? at + 1 : ends_[at]; }

 private:
  void add_part(std::size_t begin, std::size_t end);

  std::string part_, normal_part_, normal_;
  std::vector<std::uint32_t> begins_, ends_;  // of each byte of normal_; empty: the text is ASCII
};

}  // namespace rappel
