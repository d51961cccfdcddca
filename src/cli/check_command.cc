// rappel check: half a minute that says whether this installation works, check by check.
//
// Every check runs, whatever came of the ones before; one that needs what an earlier one did not get says so
// and counts as failed. Nothing of the user's is written: the store is one in a temporary folder.
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <ostream>

#include "base/os/cpu.h"
#include "base/os/random.h"
#include "base/units.h"
#include "cli/command.h"
#include "cli/known_answers.h"
#include "cli/progress.h"
#include "cli/stop_signal.h"
#include "codec/json.h"
#include "config/settings.h"
#include "config/version.h"
#include "doctor/server_answer.h"
#include "formats/model_files.h"
#include "retrieve/retrieval.h"
#include "wiring/runtime.h"
#include "wiring/stores.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

// What a check found, in words; an error says what is wrong and what to do.
using Found = Result<std::string>;

Status failed(std::string words) { return {Code::kFailedPrecondition, std::move(words)}; }

constexpr double kKnownError = 0.03;   // of a known similarity; int8 may be off by as much
constexpr double kLeastCosine = 0.97;  // of a vector with float32's, for models without a known answer

class Check {
 public:
  explicit Check(CommandContext& context)
      : context_(context),
        options_(context.options),
        hub_(hub_settings_of(context)),
        runtime_(runtime_settings(options_), hub_, *context.logger) {}

  bool run() {
    step("build", [this] { return build(); });
    step("device", [this] { return device(); });
    step("model files", [this] { return model_files(); });
    step("embedding", [this] { return embedding(); });
    step("reranking", [this] { return reranking(); });
    step("store", [this] { return store(); });
    step("server", [this] { return server(); });
    return report();
  }

 private:
  static constexpr int kSteps = 7;
  struct Entry {
    std::string name, words;
    bool ok;
    double seconds;
  };

  bool json() const { return options_.boolean("--json"); }

  template <class Work>
  void step(const char* name, Work work) {
    if (stop_.raised()) return;
    const auto start = std::chrono::steady_clock::now();
    const Found found = work();
    if (!found.ok() && stop_.raised()) return;  // cut short
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    entries_.push_back({name, found.ok() ? *found : found.status().to_string(), found.ok(), seconds});
    if (json()) return;
    const Entry& entry = entries_.back();
    *context_.console.out << fmt::format("{}/{} {:<12} {:<6} {} ({:.1f} s)", entries_.size(), kSteps, name,
                                         entry.ok ? "ok" : "FAILED", entry.words, seconds)
                          << std::endl;
  }

  bool report() {
    std::size_t bad = 0;
    double seconds = 0;
    Json list = Json::array();
    for (const Entry& entry : entries_) {
      bad += entry.ok ? 0 : 1;
      seconds += entry.seconds;
      list.push_back(
          {{"name", entry.name}, {"ok", entry.ok}, {"found", entry.words}, {"seconds", entry.seconds}});
    }
    const bool stopped = entries_.size() < kSteps;
    const bool passed = bad == 0 && !stopped;
    std::ostream& out = *context_.console.out;
    if (json())
      out << dump_json(Json{{"ok", passed},
                            {"version", std::string(kVersion)},
                            {"seconds", seconds},
                            {"checks", std::move(list)},
                            {"stopped", stopped}})
          << "\n";
    else if (stopped)
      out << fmt::format("stopped: {} of {} checks were made, {} of them failed\n", entries_.size(), kSteps,
                         bad == 0 ? "none" : std::to_string(bad));
    else if (passed)
      out << fmt::format("pass: all {} checks in {:.1f} s; {}\n", kSteps, seconds, next_step());
    else
      out << fmt::format("fail: {} of {} checks; what to do stands beside each\n", bad, kSteps);
    return passed;
  }

  std::string next_step() const {
    std::string words;
    const auto refused = [&](const std::string& why) { words += (words.empty() ? "" : "; and ") + why; };
    for (const Status& problem : context_.setting_problems) refused(problem.message());
    if (const Status tokens = usable_tokens(options_); !tokens.ok()) refused(tokens.message());
    return words.empty() ? "`rappel serve` starts the server" : "before `rappel serve`: " + words;
  }

  Found build() {
    RAPPEL_ASSIGN(const CpuReport cpu, runtime_.cpu_report());
    std::string features;
    for (const std::string& feature : cpu.features) features += (features.empty() ? "" : ", ") + feature;
    return fmt::format("rappel {} ({}, {}), {} kernels; the CPU has {}", kVersion, kCommit, kBuildType,
                       cpu.target, features.empty() ? "none of the known extensions" : features);
  }

  Found device() {
    const CpuInfo cpu = read_cpu_info();
    std::string words =
        fmt::format("{}; {} of {} CPUs allowed", runtime_.device_description(), cpu.allowed, cpu.online);
    if (cpu.quota > 0) words += fmt::format(", quota of {:.1f}", cpu.quota);
    return words + ", memory " + bytes_text(static_cast<double>(cpu.memory_bytes));
  }

  Found model_files() {
    RAPPEL_ASSIGN(std::string words, files_of(options_.text("EMBEDDING_MODEL")));
    if (reranks()) {
      RAPPEL_ASSIGN(const std::string more, files_of(options_.text("RERANK_MODEL")));
      words += "; " + more;
    }
    return words;
  }

  Found files_of(const std::string& name) {
    RAPPEL_ASSIGN(const ModelInfo info, model_info(name, hub_));
    RAPPEL_ASSIGN(const int hashed, verify_model_files(info, stop_.token()));
    const auto config = read_model_folder(info.folder);  // the embedding check reports an error
    std::string words = fmt::format(
        "{}, {}, {}", name, bytes_text(static_cast<double>(info.bytes)),
        hashed == 0 ? "no published hash to compare with"
                    : fmt::format("SHA-256 of {} {} as published", hashed, hashed == 1 ? "file" : "files"));
    if (config.ok())
      for (const std::string& note : config->notes) words += ", note: " + note;
    return words;
  }

  Found embedding() {
    const ModelSettings settings = embedder_settings(options_);
    RAPPEL_ASSIGN(const OpenedModel model, runtime_.open_model(settings, ModelPart::kEmbedder));
    RAPPEL_ASSIGN(embedder_, runtime_.load_embedder(model));
    RAPPEL_ASSIGN(const auto rows,
                  embedder_->embed(known_texts(), {.unit_length = true, .cancel = stop_.token()}));
    for (const Embedding& row : rows) {
      if (row.dense.size() != static_cast<std::size_t>(embedder_->dimension()))
        return failed(
            fmt::format("a vector has {} numbers instead of {}", row.dense.size(), embedder_->dimension()));
      const double length =
          std::sqrt(std::inner_product(row.dense.begin(), row.dense.end(), row.dense.begin(), 0.0));
      if (!(std::abs(length - 1) < 1e-3))
        return failed(
            fmt::format("a vector's length is {} instead of 1; try EMBEDDING_PRECISION=float32", length));
    }
    RAPPEL_ASSIGN(const std::string agreement, agreement_of(rows, model));
    return fmt::format("{}, dimension {}, {} pooling, unit length, {}", embedder_->identity().name,
                       embedder_->dimension(), pooling_name(model.files->config().pooling), agreement);
  }

  Found agreement_of(const std::vector<Embedding>& rows, const OpenedModel& model) {
    const KnownAnswer* known = known_answer(model.settings.name, model.files->weights_identity());
    return known != nullptr ? agreement_with(*known, rows, model.files->config().pooling)
                            : agreement_with_float32(rows, model.settings);
  }

  static Found agreement_with(const KnownAnswer& known, const std::vector<Embedding>& rows, Pooling pooling) {
    std::vector<std::span<const float>> vectors;
    for (const Embedding& row : rows) vectors.emplace_back(row.dense);
    const double worst = difference(known, vectors);
    if (worst <= kKnownError) return fmt::format("similarities within {:.4f} of the published ones", worst);
    if (pooling != known.pooling)
      return failed(fmt::format(
          "the weights are those of {}, which is published with {} pooling, but the pooling here is {}: "
          "similarities "
          "differ from the published ones by {:.3f}; fetch the model's files with `rappel model pull {}`",
          known.name, pooling_name(known.pooling), pooling_name(pooling), worst, known.name));
    return failed(
        fmt::format("similarities differ from the published ones by {:.3f}; try EMBEDDING_PRECISION=float32, "
                    "or another RAPPEL_CPU_TARGET of `rappel devices`, and tell us which one helped",
                    worst));
  }

  Found agreement_with_float32(const std::vector<Embedding>& rows, ModelSettings settings) {
    settings.precision = "float32";
    RAPPEL_ASSIGN(const auto exact, runtime_.load_embedder(settings, false));
    RAPPEL_ASSIGN(const auto wanted,
                  exact->embed(known_texts(), {.unit_length = true, .cancel = stop_.token()}));
    double least = 1;
    for (std::size_t i = 0; i < rows.size(); ++i)
      least = std::min(least, cosine(rows[i].dense, wanted[i].dense));
    if (!(least >= kLeastCosine))
      return failed(fmt::format(
          "a vector has a cosine of only {:.4f} with float32's; set EMBEDDING_PRECISION=float32", least));
    return fmt::format("cosine with float32 at least {:.4f}", least);
  }

  bool reranks() const { return options_.boolean("RERANK_ENABLE"); }

  Found reranking() {
    if (!reranks()) return std::string("not in use (RERANK_ENABLE=false)");
    RAPPEL_ASSIGN(const auto reranker, runtime_.load_reranker(reranker_settings(options_), false));
    const std::string passages[] = {"Bananas contain a lot of potassium and keep for about a week.",
                                    "Paris is the capital of France and its largest city."};
    RAPPEL_ASSIGN(const auto scores,
                  reranker->scores("What is the capital of France?", passages, stop_.token()));
    if (!(scores[1] > scores[0]))
      return failed(
          fmt::format("{} prefers bananas ({:.3f}) to Paris ({:.3f}) as the capital of France: set "
                      "RERANK_PRECISION=float32, or take another RERANK_MODEL",
                      reranker->name(), scores[0], scores[1]));
    return fmt::format("{}, the right passage {:.3f}, the wrong one {:.3f}", reranker->name(), scores[1],
                       scores[0]);
  }

  Found store() {
    if (!embedder_) return failed("not tried, for there is no embedder");
    struct Folder {
      fs::path path = fs::temp_directory_path() / ("rappel-check-" + random_hex(8));
      ~Folder() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
      }
    } folder;
    RAPPEL_ASSIGN(const auto store,
                  open_store({.location = folder.path}, embedder_->identity(), &runtime_.pool()));
    RetrievalOptions settings;
    settings.rerank = false;
    Retrieval retrieval(*store, *embedder_, nullptr, settings, context_.logger);
    RAPPEL_TRY(retrieval.upsert({{"m3", known_texts()[2], {}}, {"bm25", known_texts()[3], {}}}).status());
    RAPPEL_ASSIGN(const auto answers, retrieval.query({{known_texts()[1], {}, 1}}));
    if (answers[0].results.size() != 1 || answers[0].results[0].chunk.document_id != "bm25")
      return failed(
          "the stored passage on BM25 was not the first answer to a question on BM25; see the embedding "
          "check");
    RAPPEL_TRY(retrieval.remove({.delete_all = true}).status());
    RAPPEL_ASSIGN(const StoreStats left, retrieval.stats());
    if (left.documents != 0)
      return failed(fmt::format("{} documents are left after all were deleted", left.documents));
    return std::string("two documents stored, asked for and deleted in a temporary database");
  }

  Found server() {
    if (options_.integer("RAG_PORT") == 0)
      return std::string("RAG_PORT=0: the system chooses the port, so there is none to ask");
    const std::string address = server_address(options_).to_ask;
    const auto& tokens = options_.items("BEARER_TOKEN");
    const ServerAnswer answer = ask_server(address, tokens.empty() ? "" : tokens[0], stop_.token());
    if (answer.who == ServerAnswer::Who::kNobody) {
      // Nobody is there, or somebody who does not answer, or nobody may be there.
      if (const Status listening = try_to_listen(options_); !listening.ok())
        return failed(listening.to_string());
      return fmt::format("none runs at {}; `rappel serve` starts one", address);
    }
    if (answer.who == ServerAnswer::Who::kFull)
      return failed(fmt::format(
          "the server at {} has no connection left: raise RAPPEL_MAX_CONNECTIONS, or close what is not used",
          address));
    if (answer.who == ServerAnswer::Who::kStranger)
      return failed(fmt::format("something else answers at {} (status {}): set RAG_PORT to a free port",
                                address, answer.status));
    const Json health = *parse_json(answer.body);
    if (const auto trouble = health.find("trouble"); trouble != health.end())
      return failed(fmt::format(
          "the server at {} is degraded, {}: mend that and restart it (`rappel doctor` says more), or "
          "stop it",
          address, trouble->dump()));
    return fmt::format("{} answers at {}", answer.description(), address);
  }

  CommandContext& context_;
  const Options& options_;
  HubSettings hub_;
  Runtime runtime_;
  std::unique_ptr<LocalEmbedder> embedder_;
  std::vector<Entry> entries_;
  StopRequest stop_;
};

}  // namespace

int run_check(CommandContext& context) { return Check(context).run() ? kExitOk : kExitFailed; }

}  // namespace rappel
