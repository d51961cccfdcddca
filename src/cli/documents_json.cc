#include "cli/documents_json.h"

#include "base/timestamp.h"

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

Result<std::optional<std::string>> optional_text(const Json& object, const char* key) {
  const auto it = object.find(key);
  if (it == object.end() || it->is_null()) return std::optional<std::string>();
  if (it->is_string()) return std::optional(it->get<std::string>());
  if (it->is_number()) return std::optional(dump_json(*it));
  return Status(Code::kInvalidArgument, std::string("member \"") + key + "\" is not a string");
}

Result<Metadata> read_metadata(const Json& object) {
  Metadata metadata;
  RAPPEL_ASSIGN(metadata.source, optional_text(object, "source"));
  RAPPEL_ASSIGN(metadata.source_id, optional_text(object, "source_id"));
  RAPPEL_ASSIGN(metadata.url, optional_text(object, "url"));
  RAPPEL_ASSIGN(metadata.created_at, optional_text(object, "created_at"));
  RAPPEL_ASSIGN(metadata.author, optional_text(object, "author"));
  const auto& source = metadata.source;
  if (source && *source != "email" && *source != "file" && *source != "chat")
    return Status(Code::kInvalidArgument,
                  "member \"source\" is '" + *source + "'; expected email, file or chat");
  if (metadata.created_at)
    if (const auto seconds = parse_timestamp(*metadata.created_at); !seconds.ok())
      return seconds.status().with_context("member \"created_at\"");
  return metadata;
}

}  // namespace rappel
