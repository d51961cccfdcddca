#include "server/input/upload.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/timestamp.h"
#include "codec/sha256.h"
#include "ingest/extract/extract.h"
#include "ingest/extract/properties.h"
#include "retrieve/document_id.h"
#include "server/http/body.h"
#include "server/input/errors.h"
#include "server/input/metadata.h"
#include "store/metadata_json.h"

namespace rappel {
namespace {

const FieldPath kBody{nullptr, "body", 0};

std::string name_of(const FormFile& file) { return file.name.empty() ? "the file" : file.name; }

FileHint hint_of(const FormFile& file) {
  FileHint hint{file.name, media_type(file.content_type), ""};
  header_parameter(file.content_type, "charset", hint.charset);
  hint.charset = lower_case(hint.charset);
  return hint;
}

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
  return read_metadata(std::get<JsonValue>(parsed), nullptr, path, errors);
}

// Releases pages of a file in steps, because small ones have no whole page.
class Releasing {
 public:
  explicit Releasing(const FormFile& file) : file_(file) {}
  void add(std::string_view part) {
    const char* const end = file_.bytes.data() + file_.bytes.size();
    if (part.data() < file_.bytes.data() || part.data() + part.size() > end) return;  // of a file in it
    const bool follows = pending_.data() + pending_.size() == part.data();
    pending_ = follows ? std::string_view(pending_.data(), pending_.size() + part.size()) : part;
    if (pending_.size() < kStep) return;
    file_.release(pending_);
    pending_ = {};
  }

 private:
  static constexpr std::size_t kStep = std::size_t{1} << 20;
  const FormFile& file_;
  std::string_view pending_;
};

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

Result<Upload> read_file(const FormFile& file, const ReadCall& call) {
  Releasing releasing_pages(file);
  ReadCall reading = call;
  reading.file = file.file;
  if (file.release) reading.passed = [&](std::string_view part) { releasing_pages.add(part); };
  auto read = extract(file.bytes, hint_of(file), reading);
  if (read.status().code() == Code::kResourceExhausted)
    return read.status().with_context("cannot read " + name_of(file));
  RAPPEL_ASSIGN(ExtractedDocument extracted, std::move(read));
  Metadata metadata = file.metadata;
  add_properties(extracted.properties, metadata);
  if (!metadata.filename && !file.name.empty()) metadata.filename = file.name;
  if (!metadata.filesize) metadata.filesize = static_cast<std::int64_t>(file.bytes.size());
  Upload upload{{std::nullopt, std::move(extracted.text), std::move(metadata), std::move(extracted.outline)},
                {}};
  for (const std::string& warning : extracted.warnings)
    upload.warnings.push_back(name_of(file) + ": " + warning);
  DocumentInput& document = upload.document;
  // Before the time of this upload gets in: the same upload again is the same document.
  document.id = derived_id(document);
  if (!document.metadata.created_at)
    document.metadata.created_at = *Timestamp::parse(format_timestamp_utc(std::chrono::system_clock::now()));
  return upload;
}

Response reading_refusal(const Status& failure) {
  switch (failure.code()) {
    case Code::kCancelled: return plugin_refusal(given_up_refusal());
    case Code::kUnsupported: return Response::detail(415, failure.message());
    default: return Response::detail(422, failure.message());
  }
}

}  // namespace rappel
