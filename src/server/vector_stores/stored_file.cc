#include "server/vector_stores/stored_file.h"

#include <utility>

#include "codec/json.h"
#include "store/metadata_json.h"

namespace rappel {
namespace {

constexpr std::string_view kStates[] = {"in_progress", "completed", "failed", "cancelled"};

Json file_json(const StoredFile& file) {
  Json attributes = Json::object();
  for (const auto& [key, value] : file.attributes) attributes[key] = value_json(value);
  Json json{{"id", file.file_id},
            {"name", file.name},
            {"type", file.content_type},
            {"owner", file.owner},
            {"bytes", file.bytes},
            {"created_us", file.created_us},
            {"state", file_state_name(file.state)},
            {"attributes", std::move(attributes)}};
  if (file.state == FileState::kFailed) {
    json["error_code"] = file.error_code;
    json["error"] = file.error;
  }
  if (file.chunks) json["chunks"] = {file.chunks->tokens, file.chunks->overlap};
  if (file.leaving) json["leaving"] = true;
  return json;
}

Status bad_line() { return Status(Code::kInvalidArgument, "not a line of a journal"); }

Result<ChunkSizes> parse_chunks(const Json& json) {
  if (!json.is_array() || json.size() != 2 || !json[0].is_number_unsigned() || !json[1].is_number_unsigned())
    return bad_line();
  return ChunkSizes{json[0].get<std::size_t>(), json[1].get<std::size_t>()};
}

Result<StoredFile> parse_file(const Json& json) {
  StoredFile file;
  RAPPEL_ASSIGN(file.file_id, json_string(json, "id"));
  RAPPEL_ASSIGN(file.name, json_string(json, "name"));
  RAPPEL_ASSIGN(file.content_type, json_string(json, "type"));
  RAPPEL_ASSIGN(file.owner, json_string(json, "owner"));
  RAPPEL_ASSIGN(const long long bytes, json_integer(json, "bytes"));
  file.bytes = static_cast<std::uint64_t>(bytes);
  RAPPEL_ASSIGN(file.created_us, json_integer(json, "created_us"));
  RAPPEL_ASSIGN(const std::string state, json_string(json, "state"));
  const auto known = parse_file_state(state);
  if (!known) return bad_line();
  file.state = *known;
  if (json.contains("error_code")) {
    RAPPEL_ASSIGN(file.error_code, json_string(json, "error_code"));
    RAPPEL_ASSIGN(file.error, json_string(json, "error"));
  }
  if (json.contains("chunks")) {
    RAPPEL_ASSIGN(file.chunks, parse_chunks(json["chunks"]));
  }
  file.leaving = json.value("leaving", false);
  const Json attributes = json.value("attributes", Json::object());
  for (const auto& [key, value] : attributes.items()) {
    RAPPEL_ASSIGN(file.attributes[key], read_plain_value(value));
  }
  return file;
}

Result<NewBatch> parse_batch(const Json& json) {
  NewBatch made;
  FileBatch& batch = made.batch;
  RAPPEL_ASSIGN(batch.id, json_string(json, "id"));
  RAPPEL_ASSIGN(batch.owner, json_string(json, "owner"));
  RAPPEL_ASSIGN(batch.created_us, json_integer(json, "created_us"));
  batch.cancelled = json.value("cancelled", false);
  const Json ids = json.value("files", Json::array()), added = json.value("added", Json::array());
  for (const Json& id : ids)
    if (id.is_string()) batch.files.push_back(id.get<std::string>());
  for (const Json& one : added) {
    RAPPEL_ASSIGN(StoredFile file, parse_file(one));
    made.files.push_back(std::move(file));
  }
  return made;
}

Json batch_json(const NewBatch& made) {
  Json added = Json::array();
  for (const StoredFile& file : made.files) added.push_back(file_json(file));
  return {{"id", made.batch.id},
          {"owner", made.batch.owner},
          {"created_us", made.batch.created_us},
          {"cancelled", made.batch.cancelled},
          {"files", made.batch.files},
          {"added", std::move(added)}};
}

struct ToJson {
  Json operator()(const StoreBirth& birth) const { return {{"created_at", birth.created_at}}; }
  Json operator()(const StoredFile& file) const { return {{"file", file_json(file)}}; }
  Json operator()(const GoneFile& gone) const { return {{"gone", gone.file_id}}; }
  Json operator()(const NewBatch& made) const { return {{"batch", batch_json(made)}}; }
  Json operator()(const ActiveStore& active) const { return {{"active", active.at}}; }
};

}  // namespace

std::string_view file_state_name(FileState state) { return kStates[static_cast<std::size_t>(state)]; }

std::optional<FileState> parse_file_state(std::string_view name) {
  for (const FileState state :
       {FileState::kInProgress, FileState::kCompleted, FileState::kFailed, FileState::kCancelled})
    if (file_state_name(state) == name) return state;
  return std::nullopt;
}

void FileCounts::add(FileState state) {
  switch (state) {
    case FileState::kInProgress: ++in_progress; return;
    case FileState::kCompleted: ++completed; return;
    case FileState::kFailed: ++failed; return;
    case FileState::kCancelled: ++cancelled; return;
  }
}

std::string journal_line(const JournalEntry& entry) { return dump_json(std::visit(ToJson{}, entry)); }

Result<JournalEntry> parse_journal_line(std::string_view line) {
  RAPPEL_ASSIGN(const Json json, parse_json(line));
  if (!json.is_object() || json.size() != 1) return bad_line();
  if (json.contains("file")) {
    RAPPEL_ASSIGN(StoredFile file, parse_file(json["file"]));
    return JournalEntry(std::move(file));
  }
  if (json.contains("batch")) {
    RAPPEL_ASSIGN(NewBatch made, parse_batch(json["batch"]));
    return JournalEntry(std::move(made));
  }
  if (json.contains("gone")) {
    RAPPEL_ASSIGN(std::string id, json_string(json, "gone"));
    return JournalEntry(GoneFile{std::move(id)});
  }
  const bool is_birth = json.contains("created_at");
  RAPPEL_ASSIGN(const long long at, json_integer(json, is_birth ? "created_at" : "active"));
  return is_birth ? JournalEntry(StoreBirth{at}) : JournalEntry(ActiveStore{at});
}

}  // namespace rappel
