#include "retrieve/ingest.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "embed/embedder.h"
#include "retrieve/chunk_spill.h"
#include "retrieve/document_id.h"
#include "retrieve/token_vectors.h"
#include "store/custom_metadata.h"

namespace rappel {
namespace {

// In request order, each id once: of equal ids the last document, in the place of the first.
void make_ids_unique(std::vector<DocumentInput>& documents) {
  std::size_t count = 0;
  std::unordered_map<std::string, std::size_t> place;
  for (DocumentInput& document : documents) {
    if (!document.id || document.id->empty()) document.id = derived_id(document);
    const auto [it, fresh] = place.try_emplace(*document.id, count);
    if (fresh) ++count;
    if (DocumentInput& kept = documents[it->second]; &kept != &document) kept = std::move(document);
  }
  documents.erase(documents.begin() + static_cast<std::ptrdiff_t>(count), documents.end());
}

// As its metadata have it; "" if they do not.
std::string_view language_of(const Metadata& metadata) {
  const auto found = metadata.custom.find("language");
  const auto* const text =
      found == metadata.custom.end() ? nullptr : std::get_if<std::string>(&found->second);
  return text != nullptr ? std::string_view(*text) : std::string_view();
}

std::vector<TokenWeight> weights_of(const Embedding& embedding) {
  std::vector<TokenWeight> weights;
  weights.reserve(embedding.sparse.size());
  for (const auto& [token, weight] : embedding.sparse)
    weights.push_back({static_cast<std::uint32_t>(token), weight});
  std::sort(weights.begin(), weights.end(),
            [](const TokenWeight& a, const TokenWeight& b) { return a.token < b.token; });
  return weights;
}

// A vector for each token but the first one ([CLS]).
TokenVectors token_vectors_of(const Embedding& embedding) {
  if (embedding.colbert.empty()) return {};
  const std::size_t tokens = embedding.input_ids.size() - 1;
  return quantize_tokens(embedding.colbert, embedding.colbert.size() / tokens);
}

// Documents on their way to one upsert: each text is cut, the chunks are embedded in groups as they come, and
// beyond kMemory they wait in a file.
class Upload {
 public:
  Upload(DocumentStore& store, Embedder& embedder, const ChunkOptions& chunking, const EmbedRequest& request,
         std::size_t documents)
      : embedder_(embedder), chunking_(chunking), request_(request), spill_(store.scratch_folder()) {
    rows_.reserve(documents);
  }

  Status add(DocumentInput document) {
    NewDocument& row = rows_.emplace_back();
    row.id = std::move(*document.id);
    row.metadata = std::move(document.metadata);
    row.origin = std::move(document.origin);
    const auto read_tokens = [&](std::string_view piece) {
      return embedder_.token_ranges(piece, request_.cancel);
    };
    const auto take = [&](TextChunk chunk) -> Status {
      const WordLanguage language = detect_language(chunk.text);
      group_.push_back({rows_.size() - 1,
                        {.text = std::move(chunk.text),
                         .begin = chunk.begin,
                         .end = chunk.end,
                         .dense = {},
                         .place = std::move(chunk.place),
                         .language = language},
                        std::move(chunk.context)});
      group_bytes_ += group_.back().chunk.text.size();
      const bool is_full = group_.size() >= kGroup || (request_.colbert && group_bytes_ >= kColbertBytes);
      return is_full ? embed_group() : Status();
    };
    const SourceText source{document.text, &document.outline, language_of(row.metadata)};
    return chunk_text(source, read_tokens, options_of(document), take, request_.cancel);
  }

  Result<std::vector<NewDocument>> finish() {
    RAPPEL_TRY(embed_group());
    return std::move(rows_);
  }

 private:
  // Chunks embedded at once: enough for many batches, and few enough for the memory that texts and tokens
  // take once more meanwhile.
  static constexpr std::size_t kGroup = 512;
  // Text of a group with vectors of all tokens: until they are quantized, 4 KiB a token at 1024 dimensions.
  static constexpr std::size_t kColbertBytes = std::size_t{16} << 10;
  // Bytes of chunks that stay in memory.
  static constexpr std::size_t kMemory = std::size_t{8} << 20;

  struct Pending {
    std::size_t row;
    NewChunk chunk;  // without vector
    std::string context;
  };

  ChunkOptions options_of(const DocumentInput& document) const {
    ChunkOptions options = chunking_;
    if (!document.chunks) return options;
    options.tokens = document.chunks->tokens;
    options.overlap = document.chunks->overlap;
    return fit_chunks(options, embedder_);
  }

  Status embed_group() {
    if (group_.empty()) return {};
    std::vector<std::string> texts;
    texts.reserve(group_.size());
    for (Pending& pending : group_)  // a text without context is moved to the embedder and back
      texts.push_back(pending.context.empty() ? std::move(pending.chunk.text)
                                              : pending.context + pending.chunk.text);
    RAPPEL_ASSIGN(auto embeddings, embedder_.embed(texts, request_));
    for (std::size_t i = 0; i < group_.size(); ++i) {
      NewChunk& chunk = group_[i].chunk;
      if (group_[i].context.empty()) chunk.text = std::move(texts[i]);
      chunk.dense = std::move(embeddings[i].dense);
      chunk.sparse = weights_of(embeddings[i]);
      chunk.colbert = token_vectors_of(embeddings[i]);
      bytes_ += sizeof(NewChunk) + bytes_of(chunk);
      rows_[group_[i].row].chunks.push_back(std::move(chunk));
    }
    group_.clear();
    group_bytes_ = 0;
    return bytes_ > kMemory ? spill() : Status();
  }

  Status spill() {
    for (; next_to_spill_ < rows_.size(); ++next_to_spill_) RAPPEL_TRY(spill_.move(rows_[next_to_spill_]));
    next_to_spill_ = rows_.size() - 1;  // the last may get more chunks
    bytes_ = 0;
    return {};
  }

  Embedder& embedder_;
  const ChunkOptions& chunking_;
  const EmbedRequest& request_;
  ChunkSpill spill_;
  std::vector<NewDocument> rows_;
  std::vector<Pending> group_;
  std::size_t group_bytes_ = 0;    // of its texts
  std::size_t bytes_ = 0;          // of the chunks in rows_ that are in memory
  std::size_t next_to_spill_ = 0;  // rows before it have no chunks in memory
};

}  // namespace

ChunkOptions fit_chunks(ChunkOptions options, const Embedder& embedder) {
  options.tokens = std::min(options.tokens, std::max<std::size_t>(embedder.passage_room() * 10 / 11, 1));
  options.overlap = std::min(options.overlap, options.tokens / 2);
  options.room = embedder.passage_room();
  return options;
}

std::size_t memory_besides_text(std::span<const DocumentInput> documents) {
  constexpr std::size_t kPlace = 128,
                        kWaiting = 128;  // of the id among the others, and of chunks in the file
  constexpr std::size_t kCustomValue = 160;
  std::size_t bytes = documents.size() * (sizeof(DocumentInput) + sizeof(NewDocument) + kPlace + kWaiting);
  for (const DocumentInput& document : documents)
    bytes += document.metadata.custom.size() * kCustomValue + document.outline.memory();
  return bytes;
}

Result<std::vector<std::string>> upsert_documents(DocumentStore& store, Embedder& embedder,
                                                  const UpsertOptions& options,
                                                  std::vector<DocumentInput> documents,
                                                  const CallContext& call) {
  for (const DocumentInput& document : documents) RAPPEL_TRY(check_custom(document.metadata.custom));
  EmbedRequest request;
  request.role = TextRole::kDocument;
  request.sparse = embedder.has_sparse();
  request.colbert = options.token_vectors;
  request.unit_length = true;
  request.priority = Priority::kBulk;
  request.flow = call.flow;
  request.cancel = call.cancel;
  Upload upload(store, embedder, options.chunk, request, documents.size());
  make_ids_unique(documents);
  for (DocumentInput& document : documents) RAPPEL_TRY(upload.add(std::move(document)));
  RAPPEL_ASSIGN(std::vector<NewDocument> rows, upload.finish());
  std::vector<std::string> ids;
  for (const NewDocument& row : rows)
    if (chunk_count(row) > 0) ids.push_back(row.id);
  RAPPEL_TRY(store.upsert(std::move(rows)));
  return ids;
}

}  // namespace rappel
