#include "store/sqlite/sqlite_reader.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <unordered_set>

#include "store/document_bounds.h"
#include "store/sqlite/chunk_rows.h"
#include "store/sqlite/documents.h"
#include "store/sqlite/filter_sql.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/score_sample.h"
#include "store/sqlite/stored_colbert.h"
#include "store/sqlite/stored_vectors.h"

namespace rappel::sqlite {
namespace {

std::int64_t clamped(std::size_t n) {
  return static_cast<std::int64_t>(std::min<std::size_t>(n, std::numeric_limits<std::int64_t>::max()));
}

Result<std::string> sample_of(Connection& db, std::int64_t row) {
  RAPPEL_ASSIGN(Statement select,
                db.prepare("SELECT substr(CAST(text AS BLOB), 1, ?2) FROM chunks WHERE row = ?1"));
  RAPPEL_ASSIGN(const bool found,
                select.bind(1, row).bind(2, static_cast<std::int64_t>(4 * kSampleCodePoints)).step());
  if (!found) return db.damaged("chunk 0 of a document is missing");
  const auto bytes = select.blob(0);
  return sample_text_of({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

// A key is the row number's eight bytes.
ChunkKey key_of(std::int64_t row) { return {std::string(reinterpret_cast<const char*>(&row), sizeof row)}; }

Result<std::int64_t> row_of(const ChunkKey& key) {
  std::int64_t row = 0;
  if (key.bytes.size() != sizeof row)
    return Status(Code::kInvalidArgument, "the key of a chunk is not one of this store");
  std::memcpy(&row, key.bytes.data(), sizeof row);
  return row;
}

Status no_chunk(std::int64_t row) {
  return Status(Code::kNotFound, "there is no chunk in row " + std::to_string(row));
}

// `select` is of select_documents().
Result<DocumentSummary> read_summary(Connection& db, const Statement& select) {
  RAPPEL_ASSIGN(DocumentRow document, read_document(db, select));
  DocumentSummary summary;
  RAPPEL_ASSIGN(summary.sample_text, sample_of(db, document.rows.first));
  summary.id = std::move(document.id);
  summary.metadata = std::move(document.metadata);
  summary.chunk_count = document.rows.count;
  return summary;
}

}  // namespace

Result<std::vector<Hit>> SqliteReader::search(const SearchRequest& request) {
  return damage_.look_at(find(request));
}

Result<std::optional<double>> SqliteReader::best_score(const SearchSignal& signal) {
  return signals_.best_score(signal);
}

Result<std::vector<WordGuess>> SqliteReader::guesses(const LexicalSignal& signal) {
  return damage_.look_at(signals_.guesses(*db_, signal));
}

Result<std::vector<Chunk>> SqliteReader::chunks(std::span<const ChunkKey> keys) {
  return damage_.look_at(fetch(keys));
}

Result<std::vector<std::vector<float>>> SqliteReader::vectors(std::span<const ChunkKey> keys) {
  return damage_.look_at(fetch_vectors(keys));
}

Result<std::vector<TokenVectors>> SqliteReader::token_vectors(std::span<const ChunkKey> keys) {
  return damage_.look_at(fetch_token_vectors(keys));
}

Result<std::optional<Chunk>> SqliteReader::chunk_at(std::string_view document_id, std::uint32_t index) {
  return damage_.look_at(fetch_at(document_id, index));
}

Result<std::vector<Hit>> SqliteReader::find(const SearchRequest& request) {
  SignalSearch::Allowed allowed;
  if (!request.filter.unrestricted()) {
    RAPPEL_ASSIGN(allowed, cached_.ranges(*db_, signals_.commit(), request.filter));
  }
  RAPPEL_ASSIGN(const std::vector<RowScore> found, signals_.search(*db_, request, allowed));
  std::vector<Hit> hits;
  hits.reserve(found.size());
  for (const RowScore& hit : found) hits.push_back({key_of(hit.row), hit.score});
  if (allowed == nullptr) return hits;
  filters_.push_back(request.filter);
  for (const RowScore& hit : found) found_by_.emplace(hit.row, &filters_.back());
  return hits;
}

// An index that is older than its table may list rows that no longer match.
Status SqliteReader::check_filters(std::int64_t row, const ChunkDocument& document) const {
  const auto [begin, end] = found_by_.equal_range(row);
  for (auto found = begin; found != end; ++found)
    if (!matches(*found->second, document.id, *document.metadata)) return (*db_).damaged(kWrongIndexEntry);
  return {};
}

Result<std::vector<float>> SqliteReader::score(std::span<const ChunkKey> keys, const SearchSignal& signal) {
  return damage_.look_at(scores(keys, signal));
}

Result<std::vector<float>> SqliteReader::scores(std::span<const ChunkKey> keys, const SearchSignal& signal) {
  RAPPEL_ASSIGN(Statement find, (*db_).prepare("SELECT 1 FROM chunks WHERE row = ?1"));
  std::vector<RowScore> rows;
  for (const ChunkKey& key : keys) {
    RAPPEL_ASSIGN(const std::int64_t row, row_of(key));
    RAPPEL_ASSIGN(const bool found, find.bind(1, row).step());
    if (!found) return no_chunk(row);
    RAPPEL_TRY(find.run());
    rows.push_back({row, 0});
  }
  RAPPEL_TRY(signals_.score(*db_, signal, rows));
  std::vector<float> scores;
  for (const RowScore& row : rows) scores.push_back(row.score);
  return scores;
}

// For the dense signal alone: others have a scale of their own.
Result<std::optional<ScoreSample>> SqliteReader::sample(const SearchSignal& signal) {
  if (!std::holds_alternative<DenseSignal>(signal)) return std::optional<ScoreSample>();
  return damage_.look_at(score_sample(*db_, signals_, signal));
}

Result<Statement> SqliteReader::select_chunk() {
  return (*db_).prepare(std::string("SELECT ") + kChunkColumns + " FROM chunks c WHERE c.row = ?1");
}

Result<std::vector<Chunk>> SqliteReader::fetch(std::span<const ChunkKey> keys) {
  std::vector<Chunk> chunks;
  chunks.reserve(keys.size());
  RAPPEL_ASSIGN(Statement select, select_chunk());
  for (const ChunkKey& key : keys) {
    RAPPEL_ASSIGN(const std::int64_t row, row_of(key));
    RAPPEL_ASSIGN(Chunk fetched, chunk(select, row));
    chunks.push_back(std::move(fetched));
  }
  return chunks;
}

Result<std::vector<std::vector<float>>> SqliteReader::fetch_vectors(std::span<const ChunkKey> keys) {
  RAPPEL_ASSIGN(const int dimension, read_dimension(*db_));
  StoredVectors stored(*db_, dimension);
  std::vector<std::vector<float>> vectors;
  vectors.reserve(keys.size());
  for (const ChunkKey& key : keys) {
    RAPPEL_ASSIGN(const std::int64_t row, row_of(key));
    RAPPEL_ASSIGN(const auto vector, stored.read(row));
    if (!vector) return no_chunk(row);
    vectors.emplace_back(vector->begin(), vector->end());
  }
  return vectors;
}

Result<std::vector<TokenVectors>> SqliteReader::fetch_token_vectors(std::span<const ChunkKey> keys) {
  std::vector<TokenVectors> all;
  all.reserve(keys.size());
  for (const ChunkKey& key : keys) {
    RAPPEL_ASSIGN(const std::int64_t row, row_of(key));
    RAPPEL_ASSIGN(auto tokens, read_token_vectors(*db_, row));
    all.push_back(std::move(tokens).value_or(TokenVectors()));
  }
  return all;
}

Result<std::optional<Chunk>> SqliteReader::fetch_at(std::string_view document_id, std::uint32_t index) {
  std::int64_t row = 0;
  {
    RAPPEL_ASSIGN(Statement find,
                  (*db_).prepare("SELECT first_row, chunk_count FROM documents WHERE id = ?1"));
    RAPPEL_ASSIGN(const bool found, find.bind(1, document_id).step());
    if (!found || index >= find.integer(1)) return std::optional<Chunk>();
    row = find.integer(0) + index;
  }
  RAPPEL_ASSIGN(Statement select, select_chunk());
  RAPPEL_ASSIGN(Chunk fetched, chunk(select, row));
  if (fetched.document_id != document_id || fetched.index != index)
    return (*db_).damaged("a row of a document's chunks holds another chunk");
  return std::optional<Chunk>(std::move(fetched));
}

Result<Chunk> SqliteReader::chunk(Statement& select, std::int64_t row) {
  RAPPEL_ASSIGN(const bool found, select.bind(1, row).step());
  if (!found) return no_chunk(row);
  RAPPEL_ASSIGN(const ChunkFields fields, read_chunk(*db_, select));
  RAPPEL_ASSIGN(const ChunkDocument* const owner, document(fields.doc));
  RAPPEL_TRY(check_filters(row, *owner));
  Chunk chunk;
  chunk.id = chunk_id(owner->id, static_cast<std::size_t>(fields.index));
  chunk.document_id = owner->id;
  chunk.text = std::string(fields.text);
  chunk.index = static_cast<std::uint32_t>(fields.index);
  chunk.begin = static_cast<std::uint32_t>(fields.begin);
  chunk.end = static_cast<std::uint32_t>(fields.end);
  auto place = parse_place(fields.place);
  if (!place.ok()) return (*db_).damaged("the place of a chunk cannot be read");
  chunk.place = std::move(place).value();
  chunk.metadata = owner->metadata;
  RAPPEL_TRY(select.run());
  return chunk;
}

Result<const SqliteReader::ChunkDocument*> SqliteReader::document(std::int64_t doc) {
  auto found = documents_.find(doc);
  if (found == documents_.end()) {
    RAPPEL_ASSIGN(DocumentRow read, load_document(*db_, doc));
    ChunkDocument kept{std::move(read.id), std::make_shared<const Metadata>(std::move(read.metadata))};
    found = documents_.emplace(doc, std::move(kept)).first;
  }
  return &found->second;
}

Result<DocumentPage> read_page(Connection& db, const Filter& filter, std::size_t offset, std::size_t limit,
                               const PageMeter& meter) {
  DocumentPage page;
  RAPPEL_ASSIGN(const FilterSql sql, compile_filter(filter, 3));
  {
    RAPPEL_ASSIGN(const FilterSql count_sql, compile_filter(filter, 1));
    RAPPEL_ASSIGN(Statement count,
                  db.prepare("SELECT count(*) FROM documents d WHERE " + count_sql.condition));
    count_sql.bind(count);
    RAPPEL_TRY(count.step().status());
    page.total = count.integer(0);
  }
  if (filter.unrestricted()) {
    RAPPEL_ASSIGN(const State state, read_state(db));
    if (state.documents != page.total)
      return db.damaged("an index and table state count different documents");
  }
  RAPPEL_ASSIGN(Statement select,
                db.prepare(select_documents(sql.condition + " ORDER BY d.id LIMIT ?1 OFFSET ?2")));
  select.bind(1, clamped(limit)).bind(2, clamped(offset));
  sql.bind(select);
  for (;;) {
    RAPPEL_ASSIGN(const bool row, select.step());
    if (!row) return page;
    RAPPEL_ASSIGN(DocumentSummary summary, read_summary(db, select));
    if (!matches(filter, summary.id, summary.metadata)) return db.damaged(kWrongIndexEntry);
    if (meter) RAPPEL_TRY(meter(summary_bytes(summary)));
    page.documents.push_back(std::move(summary));
  }
}

Result<std::vector<DocumentSummary>> read_summaries(Connection& db, std::span<const std::string> ids) {
  std::vector<DocumentSummary> summaries;
  std::unordered_set<std::string_view> asked;
  for (const std::string& id : ids) {
    if (!asked.insert(id).second) continue;
    RAPPEL_ASSIGN(Statement select, db.prepare(select_documents("d.id = ?1")));
    RAPPEL_ASSIGN(const bool found, select.bind(1, std::string_view(id)).step());
    if (!found) continue;
    RAPPEL_ASSIGN(DocumentSummary summary, read_summary(db, select));
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

}  // namespace rappel::sqlite
