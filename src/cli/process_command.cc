// rappel process_json, process_jsonl and process_zip: the scripts of the Python service by their names and
// flags, on the pipeline of `rappel ingest`.
#include <filesystem>
#include <utility>

#include "base/ascii.h"
#include "cli/command.h"
#include "cli/ingest_command.h"
#include "codec/json.h"
#include "config/settings.h"
#include "ingest/screen/text_judge.h"
#include "store/metadata_json.h"

namespace rappel {
namespace {

// The scripts took any text for true, also "False".
Result<bool> read_switch(const Options& options, const char* flag) {
  const std::string text = lower_case(options.text(flag));
  if (text.empty() || text == "false" || text == "no" || text == "0") return false;
  if (text == "true" || text == "yes" || text == "1") return true;
  return Status(Code::kInvalidArgument, std::string(flag) + " " + text + ": expected true or false");
}

Result<Metadata> custom_metadata(const std::string& text) {
  if (text.empty()) return Metadata();
  auto json = parse_json(text);
  if (json.ok() && !json->is_object()) json = Status(Code::kInvalidArgument, "expected a JSON object");
  auto metadata = json.ok() ? read_metadata(*json) : Result<Metadata>(json.status());
  if (!metadata.ok()) return metadata.status().with_context("--custom_metadata");
  return metadata;
}

Result<IngestSettings> process_settings(const CommandContext& context) {
  const Options& options = context.options;
  IngestSettings settings = basic_ingest_settings(options);
  settings.split_archives = true;
  RAPPEL_ASSIGN(settings.metadata, custom_metadata(options.text("--custom_metadata")));
  RAPPEL_ASSIGN(settings.extract_metadata, read_switch(options, "--extract_metadata"));
  RAPPEL_ASSIGN(const bool screens, read_switch(options, "--screen_for_pii"));
  if (screens) settings.screening = Screening::kSkip;
  RAPPEL_ASSIGN(settings.judge, text_judge(context));
  return settings;
}

enum class Form { kList, kLines, kArchive };

int process(CommandContext& context, Form form) {
  const auto settings = process_settings(context);
  if (!settings.ok()) return context.console.fail(kExitUsage, settings.status());
  const std::string path = context.options.text("--filepath");
  if (path.empty())
    return context.console.fail(kExitUsage, Status(Code::kInvalidArgument, "--filepath FILE is missing"));
  std::error_code error;
  FoundFile file{.path = path,
                 .name = std::filesystem::path(path).filename().string(),
                 .bytes = std::filesystem::file_size(path, error),
                 .named = true,
                 .is_list = form == Form::kList};
  if (error)
    return context.console.fail(kExitUsage,
                                Status(Code::kNotFound, "cannot read " + path + ": " + error.message()));
  FoundFiles found;
  (form == Form::kArchive ? found.texts : found.manifests).push_back(std::move(file));
  return ingest_found(context, *settings, found);
}

}  // namespace

int run_process_json(CommandContext& context) { return process(context, Form::kList); }
int run_process_jsonl(CommandContext& context) { return process(context, Form::kLines); }
int run_process_zip(CommandContext& context) { return process(context, Form::kArchive); }

}  // namespace rappel
