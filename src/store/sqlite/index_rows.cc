#include "store/sqlite/index_rows.h"

#include <atomic>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "index/postings/sparse_weights.h"
#include "store/sqlite/chunk_rows.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/languages.h"
#include "store/sqlite/stored_sparse.h"
#include "store/sqlite/stored_vectors.h"

namespace rappel::sqlite {
namespace {

// Texts that are cut together.
constexpr std::size_t kTextRows = 512;
// Waking other threads costs more than to cut fewer texts; the texts that a thread takes at once.
constexpr std::size_t kParallelTexts = 64, kTextsAtOnce = 16;

std::vector<TermImpact> impacts_of(std::span<const TokenWeight> weights) {
  std::vector<TermImpact> impacts;
  impacts.reserve(weights.size());
  for (const auto& [token, weight] : weights) append_impacts(token, weight, impacts);
  return impacts;
}

}  // namespace

struct IndexRows::Text {
  std::int64_t row = 0;
  std::string text;
  WordLanguage language = WordLanguage::kOther;
  ChunkTerms terms;
};

Status IndexRows::append_vectors(std::int64_t begin, std::int64_t end, int dimension, DenseIndexBuilder& to) {
  return visit_vectors(db_, begin, end, static_cast<std::size_t>(dimension),
                       [&](std::span<const std::int64_t> rows, std::span<const float> vectors) {
                         to.append(rows, vectors);
                         return Status();
                       });
}

// `select` stands on kChunkColumns.
Result<IndexRows::Text> IndexRows::read_text(Statement& select) {
  RAPPEL_ASSIGN(const ChunkFields chunk, read_chunk(db_, select));
  RAPPEL_ASSIGN(const WordLanguage language, read_language(db_, chunk.language));
  return Text{chunk.row, std::string(chunk.text), language, {}};
}

Status IndexRows::append_words(std::int64_t begin, std::int64_t end, PostingsIndexBuilder& to) {
  if (begin >= end) return {};
  RAPPEL_ASSIGN(Statement select, db_.prepare(std::string("SELECT ") + kChunkColumns +
                                              " FROM chunks c WHERE c.row >= ?1 AND c.row < ?2 "
                                              "ORDER BY c.row"));
  select.bind(1, begin).bind(2, end);
  std::vector<Text> texts;
  std::int64_t previous = begin - 1;
  for (bool more = true; more;) {
    RAPPEL_ASSIGN(more, select.step());
    if (more) {
      RAPPEL_ASSIGN(Text text, read_text(select));
      if (text.row <= previous) return db_.damaged("the rows of table chunks do not ascend");
      previous = text.row;
      texts.push_back(std::move(text));
    }
    if (more && texts.size() < kTextRows) continue;
    cut(texts);
    for (const Text& text : texts) append_chunk(text.row, text.terms, to);
    texts.clear();
  }
  return {};
}

Result<std::vector<TermImpact>> IndexRows::words_of(std::int64_t row) {
  RAPPEL_ASSIGN(Statement select,
                db_.prepare(std::string("SELECT ") + kChunkColumns + " FROM chunks c WHERE c.row = ?1"));
  RAPPEL_ASSIGN(const bool found, select.bind(1, row).step());
  if (!found) return std::vector<TermImpact>();
  RAPPEL_ASSIGN(const Text text, read_text(select));
  return cutters_.with(
      [&](WordCutter& cutter) { return chunk_terms(cutter, text.text, text.language).terms; });
}

Status IndexRows::append_sparse(std::int64_t begin, std::int64_t end, PostingsIndexBuilder& to) {
  if (begin >= end) return {};
  RAPPEL_ASSIGN(Statement select,
                db_.prepare("SELECT row, weights, checksum FROM sparse WHERE row >= ?1 AND row < ?2 "
                            "ORDER BY row"));
  select.bind(1, begin).bind(2, end);
  std::vector<TokenWeight> weights;
  std::int64_t previous = begin - 1;
  for (;;) {
    RAPPEL_ASSIGN(const bool more, select.step());
    if (!more) return {};
    const std::int64_t row = select.integer(0);
    if (row <= previous) return db_.damaged("the rows of table sparse do not ascend");
    previous = row;
    RAPPEL_TRY(read_weights(db_, select, weights));
    to.append(row, impacts_of(weights));
  }
}

Status IndexRows::append(PostingsKind kind, std::int64_t begin, std::int64_t end, PostingsIndexBuilder& to) {
  return kind == PostingsKind::kWords ? append_words(begin, end, to) : append_sparse(begin, end, to);
}

Result<std::vector<TermImpact>> IndexRows::terms_of(PostingsKind kind, std::int64_t row) {
  if (kind == PostingsKind::kWords) return words_of(row);
  StoredSparse stored(db_);
  RAPPEL_ASSIGN(const auto weights, stored.read(row));
  return weights ? impacts_of(*weights) : std::vector<TermImpact>();
}

void IndexRows::cut(std::vector<Text>& texts) {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    cutters_.with([&](WordCutter& cutter) {
      for (std::size_t i; (i = next.fetch_add(kTextsAtOnce)) < texts.size();)
        for (std::size_t end = std::min(i + kTextsAtOnce, texts.size()); i < end; ++i)
          texts[i].terms = chunk_terms(cutter, texts[i].text, texts[i].language);
    });
  };
  if (pool_ == nullptr || texts.size() < kParallelTexts) {
    work();
  } else {
    pool_->run([&](Lane&) { work(); });
  }
}

}  // namespace rappel::sqlite
