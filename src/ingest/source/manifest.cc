#include "ingest/source/manifest.h"

#include <system_error>

#include "ingest/extract/properties.h"
#include "ingest/source/file_document.h"
#include "ingest/source/printable_name.h"
#include "store/custom_metadata.h"
#include "store/metadata_json.h"

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
                       const std::stop_token& cancel, ManifestDocument& out) {
  if (!line.contains("file"))
    return Status(Code::kInvalidArgument, "member \"text\" (or \"file\") is missing");
  RAPPEL_ASSIGN(const std::string name, json_string(line, "file"));
  RAPPEL_ASSIGN(const fs::path path, path_below(manifest, name));
  DocumentInput& document = out.document;
  RAPPEL_ASSIGN(ExtractedDocument read, read_document(path, max_bytes, {cancel}));
  document.text = std::move(read.text);
  document.outline = std::move(read.outline);
  out.warnings = std::move(read.warnings);
  document.metadata.filename = printable_name(path.filename().string());
  std::error_code error;
  if (const auto bytes = fs::file_size(path, error); !error)
    document.metadata.filesize = static_cast<std::int64_t>(bytes);
  add_properties(read.properties, document.metadata);
  if (!document.id) document.id = place_id(path, path);
  out.file = path;
  return {};
}

}  // namespace

Result<Metadata> read_line_metadata(const Json& line) {
  Metadata metadata;
  for (const auto& [key, value] : line.items()) {
    if (key == "id" || key == "text" || key == "file" || value.is_null()) continue;
    if (key != "metadata") {
      RAPPEL_TRY(read_member(key, value, metadata));
      continue;
    }
    if (!value.is_object()) return Status(Code::kInvalidArgument, "member \"metadata\" is not an object");
    for (const auto& [name, inner] : value.items()) RAPPEL_TRY(read_member(name, inner, metadata));
  }
  RAPPEL_TRY(check_custom(metadata.custom));
  return metadata;
}

Result<ManifestDocument> manifest_document(const fs::path& manifest, const Json& line, std::size_t max_bytes,
                                           const std::stop_token& cancel) {
  ManifestDocument out;
  DocumentInput& document = out.document;
  RAPPEL_ASSIGN(document.metadata, read_line_metadata(line));
  RAPPEL_ASSIGN(document.id, optional_text(line, "id"));
  if (document.id && document.id->empty()) document.id.reset();
  if (!line.contains("text")) {
    RAPPEL_TRY(read_named_file(manifest, line, max_bytes, cancel, out));
    return out;
  }
  RAPPEL_ASSIGN(document.text, json_string(line, "text"));
  if (!document.id)
    out.former_id = printable_name(manifest.stem().string()) + "-" + short_hash(document.text);
  return out;
}

}  // namespace rappel
