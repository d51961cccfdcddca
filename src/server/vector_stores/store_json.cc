#include "server/vector_stores/store_json.h"

#include <utility>

namespace rappel {
namespace {

constexpr const char* kPollMilliseconds = "200";

void write_counts(JsonWriter& out, const FileCounts& counts) {
  const auto count = [&](std::string_view name, std::size_t n) {
    out.key(name).integer(static_cast<std::int64_t>(n));
  };
  out.key("file_counts").begin_object();
  count("in_progress", counts.in_progress);
  count("completed", counts.completed);
  count("failed", counts.failed);
  count("cancelled", counts.cancelled);
  count("total", counts.total());
  out.end_object();
}

FileCounts counts_of(const std::vector<StoredFile>& files) {
  FileCounts counts;
  for (const StoredFile& file : files) counts.add(file.state);
  return counts;
}

std::int64_t used_bytes(const StoredFile& file) {
  return file.state == FileState::kCompleted ? static_cast<std::int64_t>(file.bytes) : 0;
}

std::string_view batch_status(const FileBatch& batch, const FileCounts& counts) {
  if (batch.cancelled) return "cancelled";
  if (counts.in_progress > 0) return "in_progress";
  return counts.total() > 0 && counts.failed == counts.total() ? "failed" : "completed";
}

void write_expiry(JsonWriter& out, const std::optional<std::int64_t>& days) {
  out.key("expires_after");
  if (!days)
    out.null();
  else
    out.begin_object().key("anchor").string("last_active_at").key("days").integer(*days).end_object();
}

void write_chunking(JsonWriter& out, const std::optional<ChunkSizes>& chunks) {
  out.key("chunking_strategy").begin_object();
  if (!chunks) {
    out.key("type").string("other").end_object();  // as the collection has it
    return;
  }
  out.key("type").string("static").key("static").begin_object();
  out.key("max_chunk_size_tokens").integer(static_cast<std::int64_t>(chunks->tokens));
  out.key("chunk_overlap_tokens").integer(static_cast<std::int64_t>(chunks->overlap));
  out.end_object().end_object();
}

}  // namespace

void write_store(JsonWriter& out, const Shelf& shelf, const CollectionSettings& collection,
                 const std::vector<StoredFile>& files) {
  const FileCounts counts = counts_of(files);
  std::int64_t bytes = 0;
  for (const StoredFile& file : files) bytes += used_bytes(file);
  out.begin_object().key("id").string(ReachedStore::store_id(collection.name));
  out.key("object").string("vector_store").key("created_at").integer(collection.created_at);
  out.key("name").string(collection.title.value_or(collection.name));
  out.key("description");
  collection.description.empty() ? out.null() : out.string(collection.description);
  out.key("usage_bytes").integer(bytes);
  write_counts(out, counts);
  out.key("status").string(has_expired(shelf, collection) ? "expired"
                           : counts.in_progress > 0       ? "in_progress"
                                                          : "completed");
  write_expiry(out, collection.expire_days);
  out.key("expires_at").optional(expires_at(shelf, collection));
  out.key("last_active_at").integer(last_active_at(shelf, collection));
  out.key("metadata").begin_object();
  for (const auto& [key, value] : collection.metadata) out.key(key).string(value);
  out.end_object().end_object();
}

void write_stored_file(JsonWriter& out, const std::string& store_id, const StoredFile& file) {
  out.begin_object().key("id").string(file.file_id).key("object").string("vector_store.file");
  out.key("usage_bytes").integer(used_bytes(file));
  out.key("created_at").integer(file.created_us / 1'000'000);
  out.key("vector_store_id").string(store_id).key("status").string(file_state_name(file.state));
  out.key("last_error");
  if (file.state == FileState::kFailed)
    out.begin_object().key("code").string(file.error_code).key("message").string(file.error).end_object();
  else
    out.null();
  write_chunking(out, file.chunks);
  write_attributes(out.key("attributes"), file.attributes);
  out.end_object();
}

void write_batch(JsonWriter& out, const std::string& store_id, const FileBatch& batch,
                 const std::vector<StoredFile>& files) {
  const FileCounts counts = counts_of(files);
  out.begin_object().key("id").string(batch.id).key("object").string("vector_store.files_batch");
  out.key("created_at").integer(batch.created_us / 1'000'000);
  out.key("vector_store_id").string(store_id).key("status").string(batch_status(batch, counts));
  write_counts(out, counts);
  out.end_object();
}

Response polled(std::string json, bool in_progress) {
  Response response = Response::json(std::move(json));
  if (in_progress) response.with("openai-poll-after-ms", kPollMilliseconds);
  return response.with("cache-control", "no-store");
}

Response stored_file_response(const std::string& store_id, const StoredFile& file) {
  JsonWriter out;
  write_stored_file(out, store_id, file);
  return polled(out.take(), file.state == FileState::kInProgress);
}

}  // namespace rappel
