#include "server/jobs/job_json.h"

#include <utility>

#include "server/http/json_writer.h"
#include "store/metadata_json.h"

namespace rappel {
namespace {

constexpr int kFormat = 1;

using State = IngestResult::State;

Result<State> parse_state(std::string_view name) {
  for (const State state : {State::kStored, State::kEmpty, State::kSkipped, State::kFailed})
    if (state_name(state) == name) return state;
  return Status(Code::kInvalidArgument, "unknown status of a file");
}

Result<JobFile> parse_file(const Json& json) {
  JobFile file;
  RAPPEL_ASSIGN(file.name, json_string(json, "name"));
  RAPPEL_ASSIGN(file.content_type, json_string(json, "type"));
  RAPPEL_ASSIGN(const long long bytes, json_integer(json, "bytes"));
  file.bytes = static_cast<std::uint64_t>(bytes);
  RAPPEL_ASSIGN(file.metadata, read_metadata(json.value("metadata", Json::object())));
  return file;
}

// A job of a version without options has none.
IngestOptions parse_options(const Json& json) {
  IngestOptions options;
  options.screening = parse_screening(json.value("pii", "off"));
  options.extract_metadata = json.value("extract_metadata", false);
  options.force = json.value("force", false);
  return options;
}

std::vector<std::string> texts_of(const Json& json, const char* key) {
  std::vector<std::string> texts;
  for (const Json& text : json.value(key, Json::array()))
    if (text.is_string()) texts.push_back(text.get<std::string>());
  return texts;
}

void optional_text(JsonWriter& out, std::string_view key, const std::string& text) {
  out.key(key);
  if (text.empty())
    out.null();
  else
    out.string(text);
}

}  // namespace

std::string spec_text(const JobSpec& spec) {
  Json files = Json::array();
  for (const JobFile& file : spec.files)
    files.push_back({{"name", file.name},
                     {"type", file.content_type},
                     {"bytes", file.bytes},
                     {"metadata", metadata_json(file.metadata)}});
  return dump_json({{"format", kFormat},
                    {"id", spec.id},
                    {"created_at", spec.created_at},
                    {"owner", spec.owner},
                    {"collection", spec.collection},
                    {"kind", kind_name(spec.kind)},
                    {"documents", spec.documents},
                    {"bytes", spec.bytes},
                    {"pii", screening_name(spec.options.screening)},
                    {"extract_metadata", spec.options.extract_metadata},
                    {"force", spec.options.force},
                    {"key", spec.key},
                    {"fingerprint", spec.fingerprint},
                    {"files", std::move(files)}}) +
         "\n";
}

Result<JobSpec> parse_spec(std::string_view text) {
  RAPPEL_ASSIGN(const Json json, parse_json(text));
  RAPPEL_ASSIGN(const long long format, json_integer(json, "format"));
  if (format != kFormat)
    return Status(Code::kUnsupported, "the job was written by another version of rappel");
  JobSpec spec;
  RAPPEL_ASSIGN(spec.id, json_string(json, "id"));
  RAPPEL_ASSIGN(spec.created_at, json_string(json, "created_at"));
  if (json.contains("owner")) {  // not of versions without named tokens
    RAPPEL_ASSIGN(spec.owner, json_string(json, "owner"));
  }
  if (json.contains("collection")) {  // not of versions without collections
    RAPPEL_ASSIGN(spec.collection, json_string(json, "collection"));
  }
  RAPPEL_ASSIGN(const std::string kind, json_string(json, "kind"));
  spec.kind = kind == kind_name(JobKind::kFiles) ? JobKind::kFiles : JobKind::kDocuments;
  RAPPEL_ASSIGN(const long long documents, json_integer(json, "documents"));
  spec.documents = static_cast<std::size_t>(documents);
  RAPPEL_ASSIGN(const long long bytes, json_integer(json, "bytes"));
  spec.bytes = static_cast<std::uint64_t>(bytes);
  spec.options = parse_options(json);
  RAPPEL_ASSIGN(spec.key, json_string(json, "key"));
  RAPPEL_ASSIGN(spec.fingerprint, json_string(json, "fingerprint"));
  for (const Json& file : json.value("files", Json::array())) {
    RAPPEL_ASSIGN(JobFile parsed, parse_file(file));
    spec.files.push_back(std::move(parsed));
  }
  return spec;
}

std::string result_line(const JobResult& result) {
  JsonWriter out;
  write_job_result(out.begin_object(), result);
  return out.end_object().take();
}

std::string end_line(JobState state, std::string_view finished_at) {
  JsonWriter out;
  out.begin_object().key("end").string(state_name(state)).key("finished_at").string(finished_at);
  return out.end_object().take();
}

Result<std::variant<JobResult, JobEnd>> parse_line(std::string_view line) {
  using Line = std::variant<JobResult, JobEnd>;
  RAPPEL_ASSIGN(const Json json, parse_json(line));
  if (json.is_object() && json.contains("end")) {
    JobEnd end;
    RAPPEL_ASSIGN(const std::string state, json_string(json, "end"));
    end.state = state == state_name(JobState::kCancelled) ? JobState::kCancelled : JobState::kCompleted;
    RAPPEL_ASSIGN(end.finished_at, json_string(json, "finished_at"));
    return Line(std::move(end));
  }
  JobResult result;
  RAPPEL_ASSIGN(const long long index, json_integer(json, "index"));
  result.index = static_cast<std::size_t>(index);
  RAPPEL_ASSIGN(result.result.name, json_string(json, "name"));
  RAPPEL_ASSIGN(const std::string state, json_string(json, "status"));
  RAPPEL_ASSIGN(result.result.state, parse_state(state));
  if (json.contains("id") && json["id"].is_string()) result.result.id = json["id"].get<std::string>();
  if (json.contains("detail") && json["detail"].is_string())
    result.result.detail = json["detail"].get<std::string>();
  result.result.warnings = texts_of(json, "warnings");
  result.result.similar = texts_of(json, "similar");
  return Line(std::move(result));
}

void write_view(JsonWriter& out, const JobView& view) {
  out.key("id").string(view.id).key("status").string(state_name(view.state));
  out.key("kind").string(kind_name(view.kind)).key("created_at").string(view.created_at);
  optional_text(out, "finished_at", view.finished_at);
  const auto count = [&](std::string_view key, std::size_t value) {
    out.key(key).integer(static_cast<std::int64_t>(value));
  };
  count("total", view.total);
  count("stored", view.counts.stored);
  count("empty", view.counts.empty);
  count("skipped", view.counts.skipped);
  count("failed", view.counts.failed);
  count("bytes", static_cast<std::size_t>(view.bytes));
  optional_text(out, "detail", view.detail);
}

void write_job_result(JsonWriter& out, const JobResult& result) {
  out.key("index").integer(static_cast<std::int64_t>(result.index));
  write_result(out, result.result);
  out.key("similar").begin_array();
  for (const std::string& id : result.result.similar) out.string(id);
  out.end_array();
}

}  // namespace rappel
