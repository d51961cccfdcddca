// Common parts of the bodies of requests to vector stores: files to add, chunk sizes, expiry, metadata.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "server/input/model_body.h"
#include "server/vector_stores/store_access.h"

namespace rappel {

// The body as an object, or its refusal. A body is not needed where `may_be_empty`.
std::variant<ModelBody, Response> read_store_body(const Request& request, bool may_be_empty = false);

// Name, description, metadata and expires_after, where they are given.
std::optional<InputFault> read_store_settings(LenientObject& body, CollectionSettings& settings);

struct FileDefaults {
  Attributes attributes;
  std::optional<ChunkSizes> chunks;
};
// `attributes` and `chunking_strategy`; `fallback` where one is not given. Sizes that the model cannot read
// are refused, which needs the models.
std::variant<FileDefaults, Response> read_file_defaults(Shelf& shelf, const Request& request,
                                                        const JsonObject& object, FileDefaults fallback = {});

// A file of the token, in the words of a store. `param` names the member in the refusal.
std::variant<StoredFile, Response> stored_file_of(Shelf& shelf, const Request& request, const JsonValue* id,
                                                  FileDefaults defaults, const std::string& param);

// The ids of `file_ids`, each once. `most`: more are refused.
std::variant<std::vector<StoredFile>, Response> read_file_ids(Shelf& shelf, const Request& request,
                                                              const JsonValue& value, std::size_t most,
                                                              const FileDefaults& defaults);

// Adds one file twice only once: the last one stands.
void add_once(std::vector<StoredFile>& files, StoredFile file);

}  // namespace rappel
