#include "retrieve/document_chunks.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/cancelled.h"
#include "retrieve/answer_meter.h"
#include "store/snapshot_store.h"

namespace rappel {

Result<std::optional<DocumentChunks>> read_chunks(DocumentStore& store, const ChunkRange& range,
                                                  const RequestContext& context) {
  AnswerMeter meter(context.memory, "ask for a lower limit, and for the rest with offset");
  RAPPEL_ASSIGN(auto found, store.get({&range.document_id, 1}));
  if (found.empty()) return std::optional<DocumentChunks>();
  DocumentChunks out{.document = std::move(found.front()), .chunks = {}};
  const auto count = static_cast<std::size_t>(out.document.chunk_count);
  const std::size_t begin = std::min(range.offset, count);
  const std::size_t end = begin + std::min(range.limit, count - begin);
  RAPPEL_ASSIGN(const auto reader, open_reader(store));
  for (std::size_t index = begin; index < end; ++index) {
    if (context.cancel.stop_requested()) return request_cancelled();
    RAPPEL_ASSIGN(auto chunk, reader->chunk_at(range.document_id, static_cast<std::uint32_t>(index)));
    // Replaced or removed since its summary was read.
    if (!chunk)
      return Status(Code::kUnavailable, "the document was changed while it was read: read it again");
    RAPPEL_TRY(meter.hold(*chunk));
    out.chunks.push_back(*std::move(chunk));
  }
  return std::optional(std::move(out));
}

}  // namespace rappel
