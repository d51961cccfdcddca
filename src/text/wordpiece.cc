#include "text/wordpiece.h"

#include <algorithm>

namespace rappel {

Result<std::unique_ptr<WordPiece>> WordPiece::build(const std::vector<TrieEntry>& entries, std::size_t size,
                                                    WordPieceOptions options) {
  RAPPEL_ASSIGN(DoubleArray trie, DoubleArray::build(entries));
  return std::unique_ptr<WordPiece>(new WordPiece(std::move(trie), size, std::move(options)));
}

WordPiece::WordPiece(DoubleArray trie, std::size_t size, WordPieceOptions options)
    : trie_(std::move(trie)), size_(size), options_(std::move(options)) {
  DoubleArray::State state = trie_.root();
  TokenId ignored;
  const bool found = std::all_of(options_.continuing_prefix.begin(), options_.continuing_prefix.end(),
                                 [&](char byte) { return trie_.step(state, byte, ignored); });
  continuing_ = found ? state : 0;
}

bool WordPiece::is_too_long(std::string_view word) const {
  if (word.size() <= options_.max_word_characters) return false;
  const auto characters = std::count_if(
      word.begin(), word.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  return static_cast<std::size_t>(characters) > options_.max_word_characters;
}

void WordPiece::tokenize(std::string_view word, PieceBuffer& out, StopPoll& stop) const {
  if (stop.stopped(word.size())) return;
  const std::size_t first = out.ids.size();
  bool known = !is_too_long(word);
  for (std::size_t start = 0; known && start < word.size();) {
    DoubleArray::State state = start == 0 ? trie_.root() : continuing_;
    TokenId longest = DoubleArray::kNone, id;
    std::size_t end = start;
    for (std::size_t at = start; at < word.size() && trie_.step(state, word[at], id);) {
      ++at;
      if (id == DoubleArray::kNone) continue;
      longest = id;
      end = at;
    }
    known = longest != DoubleArray::kNone;
    if (known) out.add(longest, end);
    start = end;
  }
  if (known) return;
  out.ids.resize(first);
  out.ends.resize(first);
  out.add(options_.unknown_id, word.size());
}

}  // namespace rappel
