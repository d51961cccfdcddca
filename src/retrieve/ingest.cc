#include "retrieve/ingest.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "embed/embedder.h"
#include "retrieve/document_id.h"
#include "store/custom_metadata.h"

namespace rappel {
namespace {

// The documents in request order, each id once: of equal ids the last document, in the place of the first.
std::vector<DocumentInput> with_unique_ids(std::vector<DocumentInput> documents) {
  std::vector<DocumentInput> unique;
  std::unordered_map<std::string, std::size_t> place;
  for (DocumentInput& document : documents) {
    if (!document.id || document.id->empty()) document.id = derived_id(document);
    const auto [it, fresh] = place.try_emplace(*document.id, unique.size());
    if (fresh)
      unique.push_back(std::move(document));
    else
      unique[it->second] = std::move(document);
  }
  return unique;
}

// Cuts the texts; the vectors are still missing.
Result<std::vector<NewDocument>> chunked(std::vector<DocumentInput> documents, const Embedder& embedder,
                                         const ChunkOptions& chunking, const std::stop_token& cancel) {
  std::vector<NewDocument> rows;
  for (DocumentInput& document : documents) {
    NewDocument& row = rows.emplace_back();
    row.id = *document.id;
    row.metadata = std::move(document.metadata);
    const auto read_tokens = [&](std::string_view piece) { return embedder.token_ranges(piece, cancel); };
    RAPPEL_ASSIGN(auto chunks, chunk_text(document.text, read_tokens, chunking, cancel));
    document.text = std::string();  // its memory is better free while the chunks are embedded
    row.chunks.reserve(chunks.size());
    for (TextChunk& chunk : chunks) row.chunks.push_back({std::move(chunk.text), chunk.begin, chunk.end, {}});
  }
  return rows;
}

// Embeds the chunks of all rows in groups: large enough for many batches, and small enough for the memory
// that texts and tokens take once more while they are embedded.
class ChunkEmbedder {
 public:
  ChunkEmbedder(Embedder& embedder, const EmbedRequest& request) : embedder_(embedder), request_(request) {}

  Status run(std::vector<NewDocument>& rows) {
    for (NewDocument& row : rows) {
      for (NewChunk& chunk : row.chunks) {
        chunks_.push_back(&chunk);
        if (chunks_.size() == kGroup) RAPPEL_TRY(embed_group());
      }
    }
    return embed_group();
  }

 private:
  static constexpr std::size_t kGroup = 512;

  Status embed_group() {
    if (chunks_.empty()) return {};
    std::vector<std::string> texts;
    for (const NewChunk* chunk : chunks_) texts.push_back(chunk->text);
    RAPPEL_ASSIGN(auto embeddings, embedder_.embed(texts, request_));
    for (std::size_t i = 0; i < chunks_.size(); ++i) chunks_[i]->dense = std::move(embeddings[i].dense);
    chunks_.clear();
    return {};
  }

  Embedder& embedder_;
  const EmbedRequest& request_;
  std::vector<NewChunk*> chunks_;
};

}  // namespace

ChunkOptions fit_chunks(ChunkOptions options, const Embedder& embedder) {
  options.tokens = std::min(options.tokens, std::max<std::size_t>(embedder.passage_room() * 10 / 11, 1));
  options.overlap = std::min(options.overlap, options.tokens / 2);
  return options;
}

Result<std::vector<std::string>> upsert_documents(DocumentStore& store, Embedder& embedder,
                                                  const ChunkOptions& chunking,
                                                  std::vector<DocumentInput> documents,
                                                  const CallContext& call) {
  for (const DocumentInput& document : documents) RAPPEL_TRY(check_custom(document.metadata.custom));
  RAPPEL_ASSIGN(std::vector<NewDocument> rows,
                chunked(with_unique_ids(std::move(documents)), embedder, chunking, call.cancel));
  std::vector<std::string> ids;
  for (const NewDocument& row : rows)
    if (!row.chunks.empty()) ids.push_back(row.id);
  EmbedRequest request;
  request.role = TextRole::kDocument;
  request.unit_length = true;
  request.priority = Priority::kBulk;
  request.flow = call.flow;
  request.cancel = call.cancel;
  RAPPEL_TRY(ChunkEmbedder(embedder, request).run(rows));
  RAPPEL_TRY(store.upsert(std::move(rows)));
  return ids;
}

}  // namespace rappel
