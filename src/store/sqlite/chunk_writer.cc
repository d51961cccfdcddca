#include "store/sqlite/chunk_writer.h"

#include <span>
#include <string>

#include "store/sqlite/chunk_blobs.h"
#include "store/sqlite/chunk_rows.h"
#include "store/sqlite/stored_colbert.h"
#include "store/sqlite/stored_sparse.h"
#include "store/sqlite/stored_vectors.h"

namespace rappel::sqlite {
namespace {

Status write_text_blob(Connection& db, const BlobTable& table, std::int64_t row, const std::string& blob) {
  if (blob.empty()) return {};
  RAPPEL_ASSIGN(Statement insert, db.prepare(table.insert));
  return write_blob(insert, row, std::as_bytes(std::span(blob)));
}

}  // namespace

Result<ChunkWriter> ChunkWriter::open(Connection& db, LanguageSet& languages) {
  RAPPEL_ASSIGN(Statement chunk, db.prepare(kInsertChunk));
  RAPPEL_ASSIGN(Statement vector, db.prepare(kVectorTable.insert));
  return ChunkWriter(db, languages, std::move(chunk), std::move(vector));
}

Status ChunkWriter::write(const Position& at, const NewChunk& chunk) {
  const WordLanguage language = chunk.language ? *chunk.language : detect_language(chunk.text);
  languages_.set(static_cast<std::size_t>(language));
  const std::string place = place_text_of(chunk.place), weights = pack_weights(chunk.sparse);
  const std::string tokens = chunk.colbert.scales.empty() ? std::string() : pack_token_vectors(chunk.colbert);
  const std::int64_t signals =
      (weights.empty() ? 0 : kSparseTable.mark) | (tokens.empty() ? 0 : kColbertTable.mark);
  RAPPEL_TRY(write_chunk(chunk_, {at.row, at.doc, at.index, chunk.begin, chunk.end, chunk.text, place,
                                  language_code(language), signals}));
  narrow_vector(chunk.dense, halves_);
  RAPPEL_TRY(write_blob(vector_, at.row, std::as_bytes(std::span(halves_))));
  RAPPEL_TRY(write_text_blob(db_, kSparseTable, at.row, weights));
  weighted_ += weights.empty() ? 0 : 1;
  return write_text_blob(db_, kColbertTable, at.row, tokens);
}

}  // namespace rappel::sqlite
