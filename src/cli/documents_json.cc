#include "cli/documents_json.h"

namespace rappel {

Json metadata_json(const Metadata& metadata, const std::string* document_id) {
  const auto text = [](const std::optional<std::string>& field) {
    return field ? Json(*field) : Json(nullptr);
  };
  Json out{{"source", text(metadata.source)},
           {"source_id", text(metadata.source_id)},
           {"url", text(metadata.url)},
           {"created_at", text(metadata.created_at)},
           {"author", text(metadata.author)},
           {"filename", text(metadata.filename)},
           {"filesize", metadata.filesize ? Json(*metadata.filesize) : Json(nullptr)}};
  if (document_id != nullptr) out["document_id"] = *document_id;
  return out;
}

}  // namespace rappel
