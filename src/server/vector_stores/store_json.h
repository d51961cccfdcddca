// Vector stores, the files in them and batches of these, as OpenAI's objects.
#pragma once

#include "server/http/json_writer.h"
#include "server/vector_stores/store_access.h"

namespace rappel {

// `files`: those that the token sees.
void write_store(JsonWriter& out, const Shelf& shelf, const CollectionSettings& collection,
                 const std::vector<StoredFile>& files);
void write_stored_file(JsonWriter& out, const std::string& store_id, const StoredFile& file);
void write_batch(JsonWriter& out, const std::string& store_id, const FileBatch& batch,
                 const std::vector<StoredFile>& files);

// 200, with the header that tells the SDK how soon to ask again.
Response polled(std::string json, bool in_progress);
Response stored_file_response(const std::string& store_id, const StoredFile& file);

}  // namespace rappel
