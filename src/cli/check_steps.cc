#include "cli/check_steps.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <numeric>

#include "base/os/cpu.h"
#include "base/units.h"
#include "cli/known_answers.h"
#include "codec/json.h"
#include "config/settings.h"
#include "config/version.h"
#include "doctor/server_answer.h"
#include "formats/model_files.h"
#include "ingest/extract/office_converter.h"
#include "ingest/extract/reader_program.h"
#include "retrieve/retrieval.h"
#include "wiring/stores.h"

namespace rappel {
namespace {

using Found = Result<std::string>;

Status failed(std::string words) { return {Code::kFailedPrecondition, std::move(words)}; }

bool reranks(const Options& options) { return options.boolean("RERANK_ENABLE"); }

constexpr double kKnownError = 0.03;   // of a known similarity; int8 may be off by as much
constexpr double kLeastCosine = 0.97;  // of a vector with float32's, for models without a known answer

// --- the steps ---

Found build(CheckState& state) {
  RAPPEL_ASSIGN(const CpuReport cpu, state.runtime.cpu_report());
  std::string features;
  for (const std::string& feature : cpu.features) features += (features.empty() ? "" : ", ") + feature;
  return fmt::format("rappel {} ({}, {}), {} kernels; the CPU has {}", kVersion, kCommit, kBuildType,
                     cpu.target, features.empty() ? "none of the known extensions" : features);
}

Found device(CheckState& state) {
  const CpuInfo cpu = read_cpu_info();
  std::string words =
      fmt::format("{}; {} of {} CPUs allowed", state.runtime.device_description(), cpu.allowed, cpu.online);
  if (cpu.quota > 0) words += fmt::format(", quota of {:.1f}", cpu.quota);
  return words + ", memory " + bytes_text(static_cast<double>(cpu.memory_bytes));
}

Found files_of(CheckState& state, const std::string& name) {
  RAPPEL_ASSIGN(const ModelInfo info, model_info(name, state.hub));
  RAPPEL_ASSIGN(const int hashed, verify_model_files(info, state.cancel));
  const auto config = read_model_folder(info.folder);  // the embedding step reports an error
  std::string words =
      fmt::format("{}, {}, {}", name, bytes_text(static_cast<double>(info.bytes)),
                  hashed == 0 ? "no published hash to compare with"
                              : fmt::format("SHA-256 of {} as published",
                                            count_text(static_cast<std::uint64_t>(hashed), "file")));
  if (config.ok())
    for (const std::string& note : config->notes) words += ", note: " + note;
  return words;
}

Found model_files(CheckState& state) {
  RAPPEL_ASSIGN(std::string words, files_of(state, state.options.text("EMBEDDING_MODEL")));
  if (reranks(state.options)) {
    RAPPEL_ASSIGN(const std::string more, files_of(state, state.options.text("RERANK_MODEL")));
    words += "; " + more;
  }
  return words;
}

Found agreement_with(const KnownAnswer& known, const std::vector<Embedding>& rows, Pooling pooling) {
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
                  "or another RAPPEL_CPU_TARGET of `rappel devices`, and report which one helped",
                  worst));
}

Found agreement_with_float32(CheckState& state, const std::vector<Embedding>& rows, ModelSettings settings) {
  settings.precision = "float32";
  RAPPEL_ASSIGN(const auto exact, state.runtime.load_embedder(settings, false));
  RAPPEL_ASSIGN(const auto wanted,
                exact->embed(known_texts(), {.unit_length = true, .cancel = state.cancel}));
  double least = 1;
  for (std::size_t i = 0; i < rows.size(); ++i)
    least = std::min(least, cosine(rows[i].dense, wanted[i].dense));
  if (!(least >= kLeastCosine))
    return failed(fmt::format(
        "a vector has a cosine of only {:.4f} with float32's; set EMBEDDING_PRECISION=float32", least));
  return fmt::format("cosine with float32 at least {:.4f}", least);
}

Found agreement_of(CheckState& state, const std::vector<Embedding>& rows, const OpenedModel& model) {
  const KnownAnswer* known = known_answer(model.settings.name, model.files->weights_identity());
  return known != nullptr ? agreement_with(*known, rows, model.files->config().pooling)
                          : agreement_with_float32(state, rows, model.settings);
}

Found embedding(CheckState& state) {
  const ModelSettings settings = embedder_settings(state.options);
  RAPPEL_ASSIGN(const OpenedModel model, state.runtime.open_model(settings, ModelPart::kEmbedder));
  RAPPEL_ASSIGN(state.embedder, state.runtime.load_embedder(model));
  RAPPEL_ASSIGN(const auto rows,
                state.embedder->embed(known_texts(), {.unit_length = true, .cancel = state.cancel}));
  for (const Embedding& row : rows) {
    if (row.dense.size() != static_cast<std::size_t>(state.embedder->dimension()))
      return failed(fmt::format("a vector has {} numbers instead of {}", row.dense.size(),
                                state.embedder->dimension()));
    const double length =
        std::sqrt(std::inner_product(row.dense.begin(), row.dense.end(), row.dense.begin(), 0.0));
    if (!(std::abs(length - 1) < 1e-3))
      return failed(
          fmt::format("a vector's length is {} instead of 1; try EMBEDDING_PRECISION=float32", length));
  }
  RAPPEL_ASSIGN(const std::string agreement, agreement_of(state, rows, model));
  return fmt::format("{}, dimension {}, {} pooling, unit length, {}", state.embedder->identity().name,
                     state.embedder->dimension(), pooling_name(model.files->config().pooling), agreement);
}

Found reranking(CheckState& state) {
  if (!reranks(state.options)) return std::string("not in use (RERANK_ENABLE=false)");
  RAPPEL_ASSIGN(const auto reranker, state.runtime.load_reranker(reranker_settings(state.options), false));
  const std::string passages[] = {"Bananas contain a lot of potassium and keep for about a week.",
                                  "Paris is the capital of France and its largest city."};
  RAPPEL_ASSIGN(const auto scores,
                reranker->scores("What is the capital of France?", passages, state.cancel));
  if (!(scores[1] > scores[0]))
    return failed(
        fmt::format("{} prefers bananas ({:.3f}) to Paris ({:.3f}) as the capital of France: set "
                    "RERANK_PRECISION=float32, or choose another RERANK_MODEL",
                    reranker->name(), scores[0], scores[1]));
  return fmt::format("{}, the right passage {:.3f}, the wrong one {:.3f}", reranker->name(), scores[1],
                     scores[0]);
}

Found store(CheckState& state) {
  if (!state.embedder) return failed("not tried: there is no embedder, see the embedding step");
  RAPPEL_ASSIGN(
      const ScratchStore scratch,
      open_scratch_store(store_settings(state.context), state.embedder->identity(), &state.runtime.pool()));
  RetrievalOptions settings;
  settings.rerank = false;
  Retrieval retrieval(*scratch.store, *state.embedder, nullptr, settings, state.context.logger);
  RAPPEL_TRY(retrieval.upsert({{"m3", known_texts()[2], {}}, {"bm25", known_texts()[3], {}}}).status());
  RAPPEL_ASSIGN(const auto answers, retrieval.query({{known_texts()[1], {}, 1}}));
  if (answers[0].results.size() != 1 || answers[0].results[0].chunk.document_id != "bm25")
    return failed(
        "the stored passage on BM25 was not the first answer to a question on BM25; see the embedding "
        "step");
  RAPPEL_TRY(retrieval.remove({.delete_all = true}).status());
  RAPPEL_ASSIGN(const StoreStats left, retrieval.stats());
  if (left.documents != 0)
    return failed(count_text(left.documents, "document") + " left after all were deleted");
  return "two documents stored, queried and deleted in " + scratch.words;
}

// The quick form of `rappel store verify`.
Found documents(CheckState& state) {
  const StoreSettings settings = store_settings(state.context);
  const auto found = inspect_store(settings, nullptr);
  if (found.status().code() == Code::kNotFound) return std::string("none are stored yet");
  RAPPEL_TRY(found.status());
  return fmt::format("{} and {}; counts and indexes agree, and no acknowledged commit is missing",
                     count_text(found->documents, "document"), count_text(found->chunks, "chunk"));
}

std::string ocr_words(const std::vector<std::string>& installed, const std::string& wanted) {
  if (installed.empty()) return "; no OCR: install the package tesseract-ocr (Homebrew: tesseract)";
  return fmt::format("; OCR by tesseract, installed: {}{}{}", fmt::join(installed, ", "),
                     wanted.empty() ? "" : ", used: ", wanted);
}

Found files(CheckState& state) {
  RAPPEL_ASSIGN(const Protection protection, protection_of_readers(state.cancel));
  std::string words =
      "read by rappel-extract in a sandbox of " + fmt::format("{}", fmt::join(protection.layers, ", "));
  for (const std::string& reason : protection.missing) words += "; without " + reason;
  if (!protection.reads_pdf) words += "; PDF files are refused: run scripts/install-pdfium";
  words += ocr_words(protection.ocr, state.options.text("RAPPEL_OCR_LANGUAGES"));
  const std::string office = office_program({.office = state.options.text("RAPPEL_LIBREOFFICE")});
  return words + (office.empty() ? "; .doc, .xls and .ppt files are refused: install LibreOffice"
                                 : "; .doc, .xls and .ppt files converted by " + office);
}

Found server(CheckState& state) {
  if (state.options.integer("RAG_PORT") == 0)
    return std::string("RAG_PORT=0: the system chooses the port, so there is none to ask");
  const ServerAddress place = server_address(state.options);
  const std::string& address = place.to_ask;
  const auto& tokens = state.options.items("BEARER_TOKEN");
  const ServerAnswer answer = ask_server(place, tokens.empty() ? "" : tokens[0], state.cancel);
  if (answer.who == ServerAnswer::Who::kNobody) {
    // The port may be free, held by a silent program, or forbidden: listening there tells.
    RAPPEL_TRY(try_to_listen(state.options));
    return fmt::format("none runs at {}; `rappel serve` starts one", address);
  }
  if (answer.who == ServerAnswer::Who::kFull)
    return failed(fmt::format(
        "the server at {} has no connection left: raise RAPPEL_MAX_CONNECTIONS, or close unused connections",
        address));
  if (answer.who == ServerAnswer::Who::kStranger)
    return failed(fmt::format("another program answers at {} (status {}): set RAG_PORT to a free port",
                              address, answer.status))
        .with_id("port-taken");
  const Json health = *parse_json(answer.body);
  if (const auto trouble = health.find("trouble"); trouble != health.end())
    return failed(fmt::format(
        "the server at {} is degraded, {}: repair that and restart it (`rappel doctor` says more), or "
        "stop it",
        address, trouble->dump()));
  state.running = address;
  return fmt::format("{} answers at {}", answer.description(), address);
}

constexpr CheckStep kSteps[] = {
    {"build", "build and CPU", build},
    {"device", "device, CPUs and memory", device},
    {"model files", "model files and their published hashes", model_files},
    {"embedding", "embedding (dimension, length, known similarities)", embedding},
    {"reranking", "reranking (an obvious pair)", reranking},
    {"store", "a store in a temporary folder", store},
    {"documents", "the stored documents (counts, indexes, commits)", documents},
    {"files", "the sandbox of files", files},
    {"server", "the server, or its port", server},
};

}  // namespace

CheckState::CheckState(const CommandContext& command, std::stop_token stop)
    : context(command),
      options(command.options),
      hub(hub_settings_of(command)),
      runtime(runtime_settings(options), hub, *command.logger),
      cancel(std::move(stop)) {}

std::span<const CheckStep> check_steps() { return kSteps; }

std::string check_steps_about() {
  std::string words;
  for (const CheckStep& step : kSteps) words += (words.empty() ? "" : "; ") + std::string(step.about);
  return count_text(std::size(kSteps), "step") + ": " + words;
}

}  // namespace rappel
