// AddedTokens: the tokens that are found in a text by their spelling before anything else looks at it.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/stop_poll.h"
#include "text/double_array.h"
#include "text/tokenizer.h"

namespace rappel {

struct AddedToken {
  TokenId id = 0;
  std::string content;       // what is looked for
  bool single_word = false;  // only where no word character touches it
  bool left_strip = false;   // takes the white space before it
  bool right_strip = false;  // takes the white space after it
  bool normalized = false;   // looked for after normalisation
};

// A part of a text: an added token, or (id -1) text between them.
struct TextPart {
  TokenId id = -1;
  std::size_t begin = 0;
  std::size_t end = 0;
};

class AddedTokens {
 public:
  AddedTokens() = default;
  // None with an empty content; of equal contents the first token counts. kResourceExhausted as
  // DoubleArray::build.
  static Result<AddedTokens> build(std::vector<AddedToken> tokens);

  bool empty() const { return tokens_.empty(); }
  // Appends the parts of `text` in order; leftmost match first, of those the longest. None is empty. If
  // `stop` ends the work, the rest of the text is one part.
  void split(std::string_view text, std::vector<TextPart>& parts, StopPoll& stop) const;

 private:
  const AddedToken* longest_at(std::string_view text, std::size_t at) const;
  std::size_t next_candidate(std::string_view text, std::size_t at) const;

  std::vector<AddedToken> tokens_;
  DoubleArray trie_;                // from content to the place in tokens_
  std::array<bool, 256> starts_{};  // bytes that begin a token
  int only_start_ = -1;             // ... when there is just one
};

}  // namespace rappel
