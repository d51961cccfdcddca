#include "server/plugin/upload.h"

#include <chrono>

#include "base/timestamp.h"
#include "ingest/extract/extract.h"
#include "ingest/extract/properties.h"
#include "retrieve/document_id.h"
#include "server/plugin/errors.h"
#include "server/plugin/metadata.h"

namespace rappel {
namespace {

const FieldPath kBody{nullptr, "body", 0};

// The last part of that name, as the form lookup of the Python service.
const FormPart* find_part(const std::vector<FormPart>& parts, std::string_view name) {
  for (auto it = parts.rbegin(); it != parts.rend(); ++it)
    if (it->name == name) return &*it;
  return nullptr;
}

FileHint hint_of(const FormPart& file) {
  FileHint hint{file.filename, media_type(file.content_type), ""};
  header_parameter(file.content_type, "charset", hint.charset);
  hint.charset = lower_case(hint.charset);
  return hint;
}

std::string name_of(const FormPart& file) { return file.filename.empty() ? "the file" : file.filename; }

Metadata read_form_metadata(const FormPart* part, FieldErrors& errors) {
  Metadata metadata;
  if (!part || part->data.empty()) {
    metadata.source = "file";
    return metadata;
  }
  const FieldPath path = kBody.member("metadata");
  auto parsed = read_body_json(part->data);
  if (const auto* fault = std::get_if<JsonFault>(&parsed)) {
    if (fault->kind == JsonFault::Kind::kMalformed)
      errors.add_json_fault(path, *fault);
    else
      errors.add(path, fault->message, "value_error.jsondecode");
    return metadata;
  }
  return read_metadata(std::get<JsonValue>(parsed), nullptr, path, errors);
}

Response extraction_refusal(const Status& failure) {
  if (failure.code() == Code::kCancelled) return plugin_refusal(given_up_refusal());
  return Response::detail(failure.code() == Code::kUnsupported ? 415 : 422, failure.message());
}

}  // namespace

std::variant<Upload, Response, Status> read_upload(std::string_view content_type, std::string_view body,
                                                   const ReadCall& call) {
  FieldErrors errors;
  std::vector<FormPart> parts;
  if (media_type(content_type) == "multipart/form-data") {
    auto form = read_multipart(content_type, body);
    if (!form) return Response::detail(400, form.status().message());
    parts = std::move(*form);
  }
  const FormPart* file = find_part(parts, "file");
  if (!file || (!file->is_file && file->data.empty()))
    errors.add_missing(kBody.member("file"));
  else if (!file->is_file)
    errors.add(kBody.member("file"), "Expected UploadFile, received: <class 'str'>", "value_error");
  Metadata metadata = read_form_metadata(find_part(parts, "metadata"), errors);
  if (!errors.empty()) return validation_response(errors);

  auto extracted = extract(file->data, hint_of(*file), call);
  if (extracted.status().code() == Code::kResourceExhausted)
    return extracted.status().with_context("cannot read " + name_of(*file));
  if (!extracted.ok()) return extraction_refusal(extracted.status());
  add_properties((*extracted).properties, metadata);
  if (!metadata.filename && !file->filename.empty()) metadata.filename = file->filename;
  if (!metadata.filesize) metadata.filesize = static_cast<std::int64_t>(file->data.size());
  Upload upload{
      {std::nullopt, std::move((*extracted).text), std::move(metadata), std::move((*extracted).outline)}, {}};
  for (const std::string& warning : (*extracted).warnings)
    upload.warnings.push_back(name_of(*file) + ": " + warning);
  DocumentInput& document = upload.document;
  // Before the time of this upload gets in: the same upload again is the same document.
  document.id = derived_id(document);
  if (!document.metadata.created_at)
    document.metadata.created_at = *Timestamp::parse(format_timestamp_utc(std::chrono::system_clock::now()));
  return upload;
}

}  // namespace rappel
