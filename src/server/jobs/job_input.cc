#include "server/jobs/job_input.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>
#include <vector>

#include "base/os/private_file.h"
#include "base/os/random.h"
#include "base/timestamp.h"
#include "codec/sha256.h"
#include "server/http/body.h"
#include "server/input/documents.h"
#include "server/input/errors.h"
#include "server/input/json_body.h"
#include "server/input/upload.h"

namespace rappel {
namespace {

JobSpec new_spec(JobKind kind) {
  JobSpec spec;
  spec.id = random_uuid();
  spec.created_at = format_timestamp_utc(std::chrono::system_clock::now());
  spec.kind = kind;
  return spec;
}

std::variant<JobInput, Response> read_form_job(const Request& request, const JobBounds& bounds) {
  auto form = read_form(request.head.header("content-type"), request.body, bounds.files, request.file);
  if (auto* refusal = std::get_if<Response>(&form)) return std::move(*refusal);
  auto& files = std::get<std::vector<FormFile>>(form);
  JobInput input{new_spec(JobKind::kFiles), {}, {}};
  for (FormFile& file : files) {
    input.spec.bytes += file.bytes.size();
    input.spec.files.push_back({file.name, file.content_type, file.bytes.size(), std::move(file.metadata)});
  }
  input.fingerprint = [files, query = request.head.query_string] { return fingerprint_of(files) + query; };
  input.write = [files, in = request.file](const std::filesystem::path& folder) -> Status {
    for (std::size_t i = 0; i < files.size(); ++i)
      RAPPEL_TRY(write_private_file(folder / std::to_string(i), files[i].bytes, files[i].release));
    return in != nullptr ? in->check() : Status();
  };
  return input;
}

std::variant<JobInput, Response> read_json_job(const Request& request, const JobBounds& bounds) {
  if (request.body.size() > bounds.json_bytes)
    return plugin_refusal({Refusal::Reason::kBodyTooLarge,
                           fmt::format("The documents are larger than {} bytes", bounds.json_bytes)});
  auto json = read_json_body(request);
  if (auto* refusal = std::get_if<Response>(&json)) return std::move(*refusal);
  FieldErrors errors;
  const auto documents = read_upsert_request(std::get<JsonBody>(json).value, bounds.documents, errors);
  if (!errors.empty()) return validation_response(errors);
  JobInput input{new_spec(JobKind::kDocuments), {}, {}};
  input.spec.documents = documents.size();
  input.spec.bytes = request.body.size();
  input.fingerprint = [body = request.body, query = request.head.query_string] {
    return sha256_hex(body) + query;
  };
  input.write = [body = request.body, in = request.file](const std::filesystem::path& folder) -> Status {
    RAPPEL_TRY(write_private_file(folder / JobFolder::kDocuments, body, releasing(in)));
    return in != nullptr ? in->check() : Status();
  };
  return input;
}

}  // namespace

std::variant<JobInput, Response> read_job_input(const Request& request, const JobBounds& bounds) {
  FieldErrors errors;
  const IngestOptions options = read_ingest_options(request.head.query_string, errors);
  if (!errors.empty()) return validation_response(errors);
  const bool form = media_type(request.head.header("content-type")) == "multipart/form-data";
  auto input = form ? read_form_job(request, bounds) : read_json_job(request, bounds);
  auto* const read = std::get_if<JobInput>(&input);
  if (read == nullptr) return input;
  if (read->spec.count() == 0) return Response::detail(422, "The job has no documents");
  read->spec.options = options;
  return input;
}

}  // namespace rappel
