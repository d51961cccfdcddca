#include "text/added_tokens.h"

#include <algorithm>

#include "base/utf8.h"
#include "text/unicode.h"

namespace rappel {
namespace {

std::size_t character_before(std::string_view text, std::size_t at) {
  do --at;
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
  return at;
}

bool touches_word(std::string_view text, std::size_t begin, std::size_t end) {
  std::size_t length;
  if (begin > 0 && is_word_character(utf8_decode(text, character_before(text, begin), length))) return true;
  return end < text.size() && is_word_character(utf8_decode(text, end, length));
}

std::size_t spaces_before(std::string_view text, std::size_t at) {
  std::size_t length;
  while (at > 0) {
    const std::size_t before = character_before(text, at);
    if (!is_white_space(utf8_decode(text, before, length))) break;
    at = before;
  }
  return at;
}

std::size_t spaces_behind(std::string_view text, std::size_t at) {
  std::size_t length;
  while (at < text.size() && is_white_space(utf8_decode(text, at, length))) at += length;
  return at;
}

}  // namespace

Result<AddedTokens> AddedTokens::build(std::vector<AddedToken> tokens) {
  AddedTokens out;
  out.tokens_ = std::move(tokens);
  std::vector<TrieEntry> entries;
  for (std::size_t i = out.tokens_.size(); i-- > 0;)  // of equal keys the last entry stays
    entries.push_back({out.tokens_[i].content, static_cast<std::int32_t>(i)});
  RAPPEL_ASSIGN(out.trie_, DoubleArray::build(entries));
  for (const AddedToken& token : out.tokens_)
    out.starts_[static_cast<unsigned char>(token.content[0])] = true;
  if (std::count(out.starts_.begin(), out.starts_.end(), true) == 1)
    out.only_start_ = static_cast<unsigned char>(out.tokens_[0].content[0]);
  return out;
}

std::size_t AddedTokens::next_candidate(std::string_view text, std::size_t at) const {
  if (only_start_ >= 0) return std::min(text.size(), text.find(static_cast<char>(only_start_), at));
  while (at < text.size() && !starts_[static_cast<unsigned char>(text[at])]) ++at;
  return at;
}

const AddedToken* AddedTokens::longest_at(std::string_view text, std::size_t at) const {
  DoubleArray::State state = trie_.root();
  std::int32_t longest = DoubleArray::kNone, found;
  while (at < text.size() && trie_.step(state, text[at++], found))
    if (found != DoubleArray::kNone) longest = found;
  return longest == DoubleArray::kNone ? nullptr : &tokens_[static_cast<std::size_t>(longest)];
}

void AddedTokens::split(std::string_view text, std::vector<TextPart>& parts, StopPoll& stop) const {
  std::size_t done = 0;  // covered by parts
  for (std::size_t at = tokens_.empty() ? text.size() : next_candidate(text, 0);
       at < text.size() && !stop.stopped(); at = next_candidate(text, at)) {
    const AddedToken* token = longest_at(text, at);
    if (token == nullptr) {
      ++at;
      continue;
    }
    std::size_t begin = at, end = at + token->content.size();
    at = end;
    if (token->single_word && touches_word(text, begin, end)) continue;
    if (token->left_strip) begin = std::max(done, spaces_before(text, begin));
    if (token->right_strip) end = spaces_behind(text, end);
    if (done < begin) parts.push_back({-1, done, begin});
    parts.push_back({token->id, begin, end});
    done = end;
  }
  if (done < text.size()) parts.push_back({-1, done, text.size()});
}

}  // namespace rappel
