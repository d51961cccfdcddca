// rappel model pull|list|info: models by name, in the Hugging Face Hub cache of this machine. `list` and
// `info` show the notes of a model (formats/model_config.h): what its files leave open or contradict each
// other about.
#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <stop_token>
#include <thread>

#include "base/escape_controls.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/stop_signal.h"
#include "config/settings.h"
#include "formats/model_files.h"
#include "hub/hub.h"

namespace rappel {
namespace {

std::string size_text(std::uint64_t bytes) { return bytes_text(static_cast<double>(bytes)); }

// Bytes that were there before the pull do not count for the rate.
void show_pull(Progress& progress, std::ostream& err, const PullProgress& state) {
  if (!state.note.empty()) {
    progress.clear();
    err << "rappel: " << escape_controls(state.note) << std::endl;
  }
  if (state.phase == PullProgress::Phase::kListing) return;
  progress.show(fmt::format("{}/{} files", state.files_done, state.files_total), state.bytes_present,
                state.bytes_total, state.bytes_received);
}

int pull(CommandContext& context, std::string name) {
  if (const std::string& revision = context.options.text("--revision"); !revision.empty()) {
    if (name.find('@') != std::string::npos)
      return context.console.fail(
          kExitUsage, Status(Code::kInvalidArgument, "--revision: " + name + " names one already"));
    name += "@" + revision;
  }
  std::ostream& err = *context.console.err;
  Progress progress(err, context.console.err_is_terminal);
  StopSignal stop;
  std::stop_source cancel;
  std::jthread watcher([&] {
    stop.wait();
    if (stop.raised()) cancel.request_stop();
  });
  const auto pulled = pull_model(
      name, hub_settings_of(context), [&](const PullProgress& state) { show_pull(progress, err, state); },
      cancel.get_token());
  stop.wake();
  watcher.join();
  progress.clear();
  if (!pulled.ok()) return context.console.fail(kExitFailed, pulled.status());
  const double seconds = std::max(progress.seconds(), 1e-3);
  const PullResult& result = *pulled;
  *context.console.out << fmt::format(
      "{}\n  commit {}, {}, {}{}\n", result.folder.string(), result.commit,
      count_text(result.files.size(), "file"), size_text(result.bytes_total),
      result.bytes_received == 0
          ? std::string(", nothing to fetch")
          : fmt::format(", {} fetched in {} ({}/s)", size_text(result.bytes_received), duration_text(seconds),
                        bytes_text(static_cast<double>(result.bytes_received) / seconds)));
  return kExitOk;
}

// Models of other kinds (speech, images) share the cache and are nobody's mistake.
void list_notes(std::ostream& out, const CachedModel& model) {
  if (!model.complete || model.kind == ModelKind::kOther) return;
  const auto config = read_model_folder(model.folder);
  if (!config.ok())
    out << "    cannot be used: " << escape_controls(config.status().message()) << "\n";
  else
    for (const std::string& note : config->notes) out << "    note: " << escape_controls(note) << "\n";
}

// The effective configuration of the model.
template <class Line>
void show_config(const ModelInfo& model, const Line& line) {
  const auto config = read_model_folder(model.folder);
  if (!config.ok()) return line("cannot be used", config.status().message());
  line("max length", std::to_string(config->max_length));
  if (config->head == HeadKind::kEmbedding) {
    line("pooling", pooling_name(config->pooling));
    line("unit length", config->normalize ? "yes" : "no");
    line("query prefix", config->query_prefix);
    line("text prefix", config->document_prefix);
  }
  for (const std::string& note : config->notes) line("note", note);
}

int list(CommandContext& context) {
  const HubSettings settings = hub_settings_of(context);
  const auto models = list_models(settings);
  if (!models.ok()) return context.console.fail(kExitFailed, models.status());
  std::ostream& out = *context.console.out;
  for (const CachedModel& model : *models) {
    std::string refs;
    for (const std::string& ref : model.refs) refs += (refs.empty() ? "" : ", ") + ref;
    out << fmt::format("{:<44} {:<10} {:<9} {:>9}  {}{}\n", model.name, model.commit.substr(0, 8),
                       model_kind_name(model.kind), size_text(model.bytes), refs,
                       model.complete ? "" : " (incomplete)");
    list_notes(out, model);
  }
  if ((*models).empty())
    out << "no models in " << settings.cache.string() << "; `rappel model pull NAME` fetches one\n";
  return kExitOk;
}

int info(CommandContext& context, const std::string& name) {
  const auto found = model_info(name, hub_settings_of(context));
  if (!found.ok()) return context.console.fail(kExitFailed, found.status());
  const ModelInfo& model = *found;
  std::ostream& out = *context.console.out;
  const auto line = [&](const char* label, const std::string& value) {
    if (!value.empty() && value != "0") out << fmt::format("{:<16}{}\n", label, escape_controls(value));
  };
  line("folder", model.folder.string());
  line("name", model.name);
  line("commit", model.commit);
  line("kind", model_kind_name(model.kind));
  line("architecture", model.architecture);
  line("type", model.model_type);
  line("stored as", model.dtype);
  line("hidden", std::to_string(model.hidden));
  line("layers", std::to_string(model.layers));
  line("heads", std::to_string(model.heads));
  line("vocabulary", std::to_string(model.vocabulary));
  line("positions", std::to_string(model.max_positions));
  line("extra outputs",
       std::string(model.sparse_head ? "sparse " : "") + (model.colbert_head ? "colbert" : ""));
  show_config(model, line);
  line("size", size_text(model.bytes));
  for (const ModelFileInfo& file : model.files)
    out << fmt::format("  {:<40}{:>10}\n", escape_controls(file.name), size_text(file.bytes));
  return kExitOk;
}

}  // namespace

int run_model(CommandContext& context) {
  const std::string& verb = context.arguments[0];
  const bool named = context.arguments.size() == 2;
  if (verb == "list" && !named) return list(context);
  if (verb == "pull" && named) return pull(context, context.arguments[1]);
  if (verb == "info" && named) return info(context, context.arguments[1]);
  return context.console.fail(
      kExitUsage,
      Status(Code::kInvalidArgument, "usage: rappel model pull NAME[@REVISION] | list | info NAME"));
}

}  // namespace rappel
