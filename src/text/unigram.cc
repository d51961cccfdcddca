#include "text/unigram.h"

#include <algorithm>
#include <limits>

#include "base/utf8.h"

namespace rappel {
namespace {

constexpr double kUnknownPenalty = 10.0;

}  // namespace

Result<std::unique_ptr<Unigram>> Unigram::build(const std::vector<TrieEntry>& entries,
                                                std::vector<double> scores, TokenId unknown_id) {
  RAPPEL_ASSIGN(DoubleArray trie, DoubleArray::build(entries));
  return std::unique_ptr<Unigram>(new Unigram(std::move(trie), std::move(scores), unknown_id));
}

Unigram::Unigram(DoubleArray trie, std::vector<double> scores, TokenId unknown_id)
    : trie_(std::move(trie)),
      scores_(std::move(scores)),
      unknown_score_(*std::min_element(scores_.begin(), scores_.end()) - kUnknownPenalty),
      unknown_id_(unknown_id) {}

void Unigram::tokenize(std::string_view word, PieceBuffer& out, StopPoll& stop) const {
  if (find_best_paths(word, out.nodes, stop)) add_best_path(word, out);
}

bool Unigram::find_best_paths(std::string_view word, std::vector<PieceBuffer::Node>& nodes,
                              StopPoll& stop) const {
  const std::size_t size = word.size();
  if (nodes.size() < size + 1) nodes.resize(size + 1);
  for (std::size_t i = 1; i <= size; ++i) nodes[i].score = -std::numeric_limits<double>::infinity();
  nodes[0].score = 0.0;
  const auto reach = [&](std::size_t end, double score, std::size_t start, TokenId id) {
    if (score > nodes[end].score) nodes[end] = {score, static_cast<std::uint32_t>(start), id};
  };
  for (std::size_t start = 0; start < size;) {
    const std::size_t next = start + utf8_length(word[start]);
    const double before = nodes[start].score;
    bool is_piece = false;  // the character alone
    DoubleArray::State state = trie_.root();
    TokenId id;
    std::size_t at = start;
    while (at < size && trie_.step(state, word[at], id)) {
      ++at;
      if (id == DoubleArray::kNone) continue;
      reach(at, scores_[static_cast<std::size_t>(id)] + before, start, id);
      is_piece |= at == next;
    }
    if (!is_piece) reach(next, unknown_score_ + before, start, unknown_id_);
    if (stop.stopped(at - start + 1)) return false;
    start = next;
  }
  return true;
}

void Unigram::add_best_path(std::string_view word, PieceBuffer& out) const {
  const std::vector<PieceBuffer::Node>& nodes = out.nodes;
  const auto first = static_cast<std::ptrdiff_t>(out.ids.size());
  for (std::size_t end = word.size(); end > 0;) {
    std::size_t start = nodes[end].start;
    TokenId id = nodes[end].id;
    if (id == unknown_id_) {
      const std::size_t alone = start;
      while (start > 0 && nodes[start].id == unknown_id_) start = nodes[start].start;
      // The reference looks a fused run up again: with scores that reward short pieces it can be one.
      if (start != alone)
        if (const TokenId fused = trie_.find(word.substr(start, end - start)); fused != DoubleArray::kNone)
          id = fused;
    }
    out.add(id, end);
    end = start;
  }
  std::reverse(out.ids.begin() + first, out.ids.end());
  std::reverse(out.ends.begin() + first, out.ends.end());
}

}  // namespace rappel
