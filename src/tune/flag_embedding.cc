#include "tune/flag_embedding.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/check.h"
#include "base/os/child.h"
#include "codec/json.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

const char* kind_name(WorkKind kind) {
  RAPPEL_CHECK(kind != WorkKind::kCachedQueries, "it has no cache");
  return kind == WorkKind::kQueries ? "queries" : kind == WorkKind::kDocuments ? "documents" : "rerank";
}

Json request_json(const FlagEmbeddingRequest& request) {
  Json work = Json::array();
  for (const Workload& one : request.work)
    work.push_back({{"key", one.key},
                    {"kind", kind_name(one.kind)},
                    {"query", rerank_query()},
                    {"texts", one.texts},
                    {"warm_ups", one.repeats.warm_ups},
                    {"runs", one.repeats.runs}});
  return {{"embedder", request.embedder_folder},
          {"reranker", request.reranker_folder.empty() ? Json() : Json(request.reranker_folder)},
          {"device", request.device},
          {"work", std::move(work)}};
}

std::string program_of(const std::string& python) {
  std::error_code error;
  return fs::is_directory(python, error) ? (fs::path(python) / "bin" / "python").string() : python;
}

std::vector<double> numbers(const Json& object, const char* key) {
  std::vector<double> values;
  const auto it = object.find(key);
  if (it == object.end() || !it->is_array()) return values;
  for (const Json& value : *it) values.push_back(value.is_number() ? value.get<double>() : 0);
  return values;
}

std::string text_of(const Json& object, const char* key) {
  const auto text = json_string(object, key);
  return text.ok() ? *text : std::string();
}

// The last line that is not empty.
std::string last_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

}  // namespace

Status run_flag_embedding(const FlagEmbeddingRequest& request, const FlagEmbeddingEvents& events,
                          const std::stop_token& stop, FlagEmbeddingAnswer& answer) {
  ChildCommand command{
      {program_of(request.python), "-c", kFlagEmbeddingScript}, request.environment, {}, events.waiting};
  for (const auto& [name, value] :
       {std::pair{"HF_HUB_OFFLINE", "1"}, {"TOKENIZERS_PARALLELISM", "false"}, {"TQDM_DISABLE", "1"}})
    command.environment[name] = value;
  const std::string input = dump_json(request_json(request));
  command.input = input;
  std::string error;
  const auto hear = [&](std::string_view line) {
    const auto said = parse_json(line);
    if (!said.ok() || !(*said).is_object()) return;
    if ((*said).contains("error")) {
      error = text_of(*said, "error");
    } else if ((*said).contains("ran")) {
      events.ran(text_of(*said, "ran"));
    } else if ((*said).contains("versions")) {
      answer.versions = text_of(*said, "versions");
      const auto threads = json_integer(*said, "threads");
      answer.threads = threads.ok() ? static_cast<int>(*threads) : 0;
    } else {
      answer.timed.push_back({text_of(*said, "key"), numbers(*said, "ms"), numbers(*said, "answer")});
    }
  };
  const auto end = run_child_by_lines(command, hear, stop);
  if (!end.ok()) {
    if (end.status().code() == Code::kCancelled) return end.status();
    return end.status().with_context(
        "--python names the Python of an environment with FlagEmbedding, as .venv/bin/python");
  }
  if (!error.empty()) return {Code::kFailedPrecondition, error};
  if ((*end).code != 0 || answer.timed.size() != request.work.size())
    return {Code::kFailedPrecondition,
            fmt::format("{} ended with code {} before it was done: {}", command.arguments[0], (*end).code,
                        last_line((*end).errors))};
  return {};
}

}  // namespace rappel
