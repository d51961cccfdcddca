#include "server/plugin/upload.h"

#include <fmt/format.h>

#include <chrono>

#include "base/timestamp.h"
#include "base/utf8.h"
#include "server/plugin/errors.h"
#include "server/plugin/requests.h"

namespace rappel {
namespace {

const FieldPath kBody{nullptr, "body", 0};

// The last part of that name, as the old service's form lookup gave.
const FormPart* find_part(const std::vector<FormPart>& parts, std::string_view name) {
  for (auto it = parts.rbegin(); it != parts.rend(); ++it)
    if (it->name == name) return &*it;
  return nullptr;
}

bool text_file_name(std::string_view name) {
  const std::string lower = lower_case(name);
  for (const std::string_view extension : {".txt", ".text", ".md", ".markdown"})
    if (lower.size() > extension.size() &&
        std::string_view(lower).substr(lower.size() - extension.size()) == extension)
      return true;
  return false;
}

bool supported_type(const FormPart& file) {
  const std::string type = media_type(file.content_type);
  if (type.empty() || type == "application/octet-stream") return text_file_name(file.filename);
  return type == "text/plain" || type == "text/markdown" || type == "text/x-markdown";
}

Response unsupported(const FormPart& file) {
  const std::string type = utf8_repair(media_type(file.content_type)).text;
  return Response::detail(
      415, fmt::format("Unsupported file type {}: supported are text/plain and text/markdown, or a "
                       "file name ending in .txt, .md or .markdown without a type of its own",
                       type.empty() ? "(none given)" : type));
}

Response not_utf8(const FormPart& file) {
  std::string charset;
  header_parameter(file.content_type, "charset", charset);
  const bool other = !charset.empty() && lower_case(charset) != "utf-8" && lower_case(charset) != "utf8";
  return Response::detail(422,
                          fmt::format("The file is not UTF-8 text{}: convert it and send it again",
                                      other ? " (its charset is " + utf8_repair(charset).text + ")" : ""));
}

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
  return read_metadata(std::get<JsonValue>(parsed), path, errors);
}

}  // namespace

std::variant<DocumentInput, Response> read_upload(std::string_view content_type, std::string_view body) {
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

  if (!supported_type(*file)) return unsupported(*file);
  std::string_view text = file->data;
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  if (!utf8_valid(text)) return not_utf8(*file);

  if (!metadata.filename && !file->filename.empty()) metadata.filename = file->filename;
  if (!metadata.filesize) metadata.filesize = static_cast<std::int64_t>(file->data.size());
  if (!metadata.created_at) metadata.created_at = format_timestamp_utc(std::chrono::system_clock::now());
  return DocumentInput{std::nullopt, std::string(text), std::move(metadata)};
}

}  // namespace rappel
