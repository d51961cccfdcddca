#include "server/input/upload.h"

#include <fmt/format.h>

#include <algorithm>

#include "codec/sha256.h"
#include "server/http/body.h"
#include "server/input/errors.h"
#include "server/input/metadata.h"
#include "store/metadata_json.h"

namespace rappel {
namespace {

const FieldPath kBody{nullptr, "body", 0};

Metadata read_one_metadata(const FormPart* part, FieldErrors& errors) {
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
  metadata = read_metadata(std::get<JsonValue>(parsed), nullptr, path, errors);
  if (metadata.filename && metadata.filename->empty())
    metadata.filename.reset();  // as in the old service: "" asks for the name of the file
  return metadata;
}

// The parts of that name.
std::vector<const FormPart*> parts_of(const std::vector<FormPart>& parts, std::string_view name) {
  std::vector<const FormPart*> found;
  for (const FormPart& part : parts)
    if (part.name == name) found.push_back(&part);
  return found;
}

void check_file(const FormPart& part, FieldErrors& errors) {
  if (!part.is_file && part.data.empty())
    errors.add_missing(kBody.member("file"));
  else if (!part.is_file)
    errors.add(kBody.member("file"), "Expected UploadFile, received: <class 'str'>", "value_error");
}

// For each of the files.
std::vector<Metadata> read_form_metadata(const std::vector<const FormPart*>& parts, std::size_t files,
                                         FieldErrors& errors) {
  std::vector<Metadata> metadata;
  if (parts.size() > 1 && parts.size() != files) {
    errors.add(kBody.member("metadata"),
               fmt::format("ensure there is one metadata for all files, or one for each: {} for {}",
                           parts.size(), files),
               "value_error.list");
    return metadata;
  }
  for (const FormPart* part : parts) metadata.push_back(read_one_metadata(part, errors));
  if (metadata.empty()) metadata.push_back(read_one_metadata(nullptr, errors));
  while (metadata.size() < files) metadata.push_back(metadata.front());
  return metadata;
}

Result<std::vector<FormPart>> read_parts(std::string_view content_type, std::string_view body,
                                         std::size_t max_files, const BodyFile* file) {
  if (media_type(content_type) != "multipart/form-data") return std::vector<FormPart>();
  MultipartBounds bounds;
  bounds.parts = std::max(bounds.parts, 2 * max_files);
  bounds.passed = releasing(file);
  return read_multipart(content_type, body, bounds);
}

}  // namespace

std::variant<std::vector<FormFile>, Response> read_form(std::string_view content_type, std::string_view body,
                                                        std::size_t max_files, const BodyFile* file) {
  const auto form = read_parts(content_type, body, max_files, file);
  if (!form) return Response::detail(400, form.status().message());
  const auto parts = parts_of(*form, "file");
  if (parts.size() > max_files)
    return Response::detail(
        413, fmt::format("The form has {} files; send at most {} at once", parts.size(), max_files));
  FieldErrors errors;
  if (parts.empty()) errors.add_missing(kBody.member("file"));
  for (const FormPart* part : parts) check_file(*part, errors);
  auto metadata = read_form_metadata(parts_of(*form, "metadata"), parts.size(), errors);
  if (!errors.empty()) return validation_response(errors);
  std::vector<FormFile> files;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const FormPart& part = *parts[i];
    files.push_back({part.filename, part.content_type, part.data, file == nullptr ? nullptr : &file->file(),
                     releasing(file), std::move(metadata[i])});
  }
  return files;
}

std::function<void(std::string_view)> releasing(const BodyFile* file) {
  if (file == nullptr) return {};
  return [file](std::string_view part) { file->release(part); };
}

std::string fingerprint_of(const std::vector<FormFile>& files) {
  constexpr std::size_t kStep = std::size_t{1} << 20;
  Sha256 hash;
  const auto add = [&](std::string_view text) {
    hash.update(std::to_string(text.size()) + ":");
    for (; !text.empty(); text.remove_prefix(std::min(kStep, text.size())))
      hash.update(text.substr(0, kStep));
  };
  for (const FormFile& file : files) {
    add(file.name);
    add(file.content_type);
    add(dump_json(metadata_json(file.metadata)));
    add(file.bytes);
    if (file.release) file.release(file.bytes);
  }
  return hash.finish_hex();
}

Response reading_refusal(const Status& failure) {
  switch (failure.code()) {
    case Code::kCancelled: return plugin_refusal(given_up_refusal());
    case Code::kUnsupported: return Response::detail(415, failure.message());
    default: return Response::detail(422, failure.message());
  }
}

}  // namespace rappel
