#include "ingest/source/manifest.h"

#include <system_error>

#include "base/timestamp.h"
#include "ingest/source/file_document.h"
#include "ingest/source/printable_name.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

// A member as text (a number as its digits); unset if missing or null.
Result<std::optional<std::string>> optional_text(const Json& object, const char* key) {
  const auto it = object.find(key);
  if (it == object.end() || it->is_null()) return std::optional<std::string>();
  if (it->is_string()) return std::optional(it->get<std::string>());
  if (it->is_number()) return std::optional(dump_json(*it));
  return Status(Code::kInvalidArgument, std::string("member \"") + key + "\" is not a string");
}

Result<fs::path> path_below(const fs::path& manifest, const std::string& name) {
  std::error_code error;
  const fs::path root = fs::canonical(fs::absolute(manifest).parent_path(), error);
  const fs::path path = error ? fs::path() : fs::canonical(root / name, error);
  if (error) return Status(Code::kNotFound, "cannot read file " + name + ": " + error.message());
  const fs::path relative = path.lexically_relative(root);
  if (relative.empty() || *relative.begin() == "..")
    return Status(Code::kInvalidArgument,
                  "cannot take file " + name + ": it lies outside the folder of the manifest");
  return path;
}

Status read_named_file(const fs::path& manifest, const Json& line, std::size_t max_bytes,
                       ManifestDocument& out) {
  if (!line.contains("file"))
    return Status(Code::kInvalidArgument, "member \"text\" (or \"file\") is missing");
  RAPPEL_ASSIGN(const std::string name, json_string(line, "file"));
  RAPPEL_ASSIGN(const fs::path path, path_below(manifest, name));
  DocumentInput& document = out.document;
  RAPPEL_ASSIGN(document.text, read_document_text(path, max_bytes));
  document.metadata.filename = printable_name(path.filename().string());
  document.metadata.filesize = static_cast<std::int64_t>(document.text.size());
  if (!document.id) document.id = place_id(path, path);
  out.file = path;
  return {};
}

}  // namespace

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

Result<ManifestDocument> manifest_document(const fs::path& manifest, const Json& line,
                                           std::size_t max_bytes) {
  ManifestDocument out;
  DocumentInput& document = out.document;
  RAPPEL_ASSIGN(document.metadata, read_metadata(line));
  RAPPEL_ASSIGN(document.id, optional_text(line, "id"));
  if (document.id && document.id->empty()) document.id.reset();
  if (!line.contains("text")) {
    RAPPEL_TRY(read_named_file(manifest, line, max_bytes, out));
    return out;
  }
  RAPPEL_ASSIGN(document.text, json_string(line, "text"));
  if (!document.id) document.id = printable_name(manifest.stem().string()) + "-" + short_hash(document.text);
  return out;
}

}  // namespace rappel
