#include "doctor/collect.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/os/file.h"
#include "base/units.h"
#include "config/dotenv.h"
#include "config/settings.h"
#include "formats/model_files.h"
#include "wiring/runtime.h"
#include "wiring/stores.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxEnvFile = std::size_t{1} << 20;
constexpr int kBusyMs = 2000;  // longer than any write of a sound server keeps the lock

// The first folder on the way to `path` that this user may not enter.
std::string closed_folder(const fs::path& path) {
  fs::path way;
  std::error_code error;
  for (const fs::path& part : fs::absolute(path, error)) {
    way /= part;
    if (fs::is_directory(way, error) && ::access(way.c_str(), X_OK) != 0) return way.string();
  }
  return "";
}

class Collector {
 public:
  Collector(const RunContext& context, int standard_input_fd)
      : context_(context),
        standard_input_fd_(standard_input_fd),
        options_(context.options),
        hub_(hub_settings_of(context)),
        runtime_(runtime_settings(options_), hub_, *context.logger) {}

  Result<Evidence> run(const std::stop_token& stop) {
    const auto look = [&](auto work) {
      if (!stop.stop_requested()) work();
    };
    Status log;
    settings();  // takes no time
    look([&] { look_at_server(context_, evidence_); });
    look([&] { log = look_at_log(context_, standard_input_fd_, evidence_, stop); });
    RAPPEL_TRY(log);
    look([&] { machine(); });
    look([&] { look_at_load(evidence_); });
    look([&] { models(stop); });
    look([&] { store(); });
    look([&] { measure_speed(context_, evidence_, stop); });
    evidence_.stopped = stop.stop_requested();
    return std::move(evidence_);
  }

 private:
  void looked_at(const char* what, std::string found) {
    evidence_.looked_at.emplace_back(what, std::move(found));
  }

  void settings() {
    SettingsEvidence& settings = evidence_.settings;
    settings.file = options_.text("RAPPEL_ENV_FILE");
    const auto add = [&](const Status& status) {
      if (!status.ok()) settings.problems.push_back(status.to_string());
    };
    for (const Status& problem : context_.setting_problems) add(problem);
    add(chunk_options(options_).status());
    add(runtime_.cpu_report().status());
    std::string warnings;
    if (const Status status = check_tokens(options_, *Logger::to_string(&warnings, LogLevel::kWarn));
        !status.ok())
      settings.token_problem = status.to_string();
    while (!warnings.empty()) {
      const std::size_t end = warnings.find('\n');
      settings.token_warnings.push_back(warnings.substr(0, end));
      warnings.erase(0, end + 1);
    }
    std::string words = "defaults and the environment; there is no " + settings.file;
    struct stat info {};
    if (::stat(settings.file.c_str(), &info) == 0) {
      settings.mode = static_cast<int>(info.st_mode & 07777);
      if (const auto text = read_file(settings.file, kMaxEnvFile); text.ok()) {
        const EnvFile file = parse_env_file(*text, context_.environment);
        for (const OptionSpec& spec : option_table())
          if (const auto it = file.entries.find(spec.variable); spec.secret && it != file.entries.end())
            settings.holds_secret |= !it->second.value.empty();
        words = fmt::format("{}, {} with a setting, mode {:04o}", settings.file,
                            count_text(file.entries.size(), "line"), settings.mode);
      } else {
        words = text.status().to_string();
      }
    }
    looked_at("settings",
              words + (settings.problems.empty() ? "" : fmt::format("; {} bad", settings.problems.size())));
  }

  void machine() {
    const Tuning tuning = look_at_machine(context_);
    std::string words;
    for (const auto& [label, found] : tuning.machine)
      words += (words.empty() ? "" : "; ") + label + " " + found;
    evidence_.requirements = tuning.requirements;
    evidence_.device = options_.text("EMBEDDING_DEVICE");
    const auto& devices = built_devices();
    evidence_.has_cuda = std::find(devices.begin(), devices.end(), "cuda") != devices.end();
    if (const auto driver = read_file("/proc/driver/nvidia/version", 1 << 12); driver.ok())
      evidence_.nvidia_driver = (*driver).substr(0, (*driver).find('\n'));
    looked_at("machine", words);

    const auto& process = evidence_.server.process;
    const bool serves = process && evidence_.server.runs();
    evidence_.group = read_cgroup(serves ? std::to_string(process->pid) : "self");
    evidence_.threads = static_cast<int>(options_.integer("RAPPEL_THREADS"));
    const CgroupTexts& group = evidence_.group;
    looked_at(
        "limits",
        fmt::format(
            "of {}: CPU quota {}, {} cut; memory limit {}, {} killed for it",
            serves ? "the server" : "this shell",
            group.cpu_quota > 0 ? fmt::format("{:.1f}", group.cpu_quota) : "none",
            count_text(keyed_number(group.cpu_stat, "nr_throttled").value_or(0), "period"),
            group.memory_limit > 0 ? bytes_text(static_cast<double>(group.memory_limit)) : "none",
            count_text(keyed_number(group.memory_events, "oom_kill").value_or(0), "process", "processes")));
  }

  void models(const std::stop_token& stop) {
    model("EMBEDDING_MODEL", stop);
    if (options_.boolean("RERANK_ENABLE")) model("RERANK_MODEL", stop);
  }

  void model(const char* variable, const std::stop_token& stop) {
    ModelEvidence model{variable, options_.text(variable), {}, {}, 0};
    const std::string words = read_model(model, stop);
    if (stop.stop_requested()) return;  // not known whether all of it is well
    looked_at("model",
              fmt::format("{}: {}", model.name, model.state.ok() ? words : "cannot be used, see below"));
    evidence_.models.push_back(std::move(model));
  }

  std::string read_model(ModelEvidence& model, const std::stop_token& stop) {
    const bool embedder = model.variable == "EMBEDDING_MODEL";
    const auto info = model_info(model.name, hub_);
    if (!info.ok()) {
      model.state = info.status();
      // Names of the Hub lie in its cache; a path is its own place.
      model.closed_folder =
          closed_folder(fs::path(model.name).is_absolute() ? fs::path(model.name) : hub_.cache);
      return "";
    }
    model.bytes = (*info).bytes;
    model.closed_folder = closed_folder((*info).folder);
    const auto files = ModelFiles::open((*info).folder);
    if (!files.ok()) {
      model.state = files.status();
      return "";
    }
    const auto hashed = verify_model_files(*info, stop);
    if (!hashed.ok()) {
      model.state = hashed.status();
      return "";
    }
    if (embedder) identity_ = {model.name, (*files)->config().hidden, (*files)->identity()};
    return fmt::format("{}, {}", bytes_text(static_cast<double>((*info).bytes)),
                       *hashed == 0 ? "readable"
                                    : fmt::format("SHA-256 of {} as published",
                                                  count_text(static_cast<std::uint64_t>(*hashed), "file")));
  }

  void store() {
    StoreEvidence& store = evidence_.store;
    StoreSettings settings = store_settings(context_);
    settings.busy_ms = kBusyMs;
    const auto found = inspect_store(settings, identity_.dimension > 0 ? &identity_ : nullptr);
    store.state = found.status();
    if (auto described = describe_store(settings); described.ok())
      store.description = std::move(described).value();
    for (const fs::path& file : store.description.files)
      for (const int pid : users_of(file))
        if (auto user = process_info(pid)) store.users.push_back(std::move(*user));
    const std::string& place = store.description.location;
    looked_at("store", found.ok() ? fmt::format("{}, {} in {}{}", count_text((*found).documents, "document"),
                                                count_text((*found).chunks, "chunk"), place,
                                                identity_.dimension > 0 ? ", of the model in use" : "")
                       : store.state.code() == Code::kNotFound
                           ? store.state.message()
                           : "the one in " + place + " cannot be used, see below");
  }

  const RunContext& context_;
  int standard_input_fd_;
  const Options& options_;
  HubSettings hub_;
  Runtime runtime_;
  Evidence evidence_;
  ModelIdentity identity_;  // of the embedder; dimension 0: not known
};

}  // namespace

Result<Evidence> collect_evidence(const RunContext& context, int standard_input_fd,
                                  const std::stop_token& stop) {
  return Collector(context, standard_input_fd).run(stop);
}

}  // namespace rappel
