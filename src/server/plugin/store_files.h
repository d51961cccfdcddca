// Stores the files of a form that has several, each on its own: one that cannot be read costs no other.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "retrieve/retrieval.h"
#include "server/http/refusal.h"
#include "server/input/ingest_result.h"
#include "server/input/upload.h"

namespace rappel {

// The ids of those that are stored, or why none of them is. `memory` counts their texts, and may take more.
using StoreDocuments = std::function<std::variant<std::vector<std::string>, Refusal>(
    std::vector<DocumentInput> documents, ByteHold& memory)>;

struct StoredFiles {
  std::vector<IngestResult> results;  // in the order of the files
  // Set if nothing was stored because of the server: the request may be sent again as it is.
  std::optional<Refusal> refusal;
};

// Texts wait until they fill a call of `store` (some MB), so memory does not grow with the files. After a
// refusal of `store` no more files are read.
// call.memory is not null.
StoredFiles store_files(const std::vector<FormFile>& files, const StoreDocuments& store,
                        const ReadCall& call);

// 200 if every file is stored or empty, else 207; {"ids":[..],"files":[..]}.
Response stored_files_response(const StoredFiles& stored);

}  // namespace rappel
