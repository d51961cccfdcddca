#include "tune/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>

#include "base/check.h"
#include "config/settings.h"

namespace rappel {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kLeastCandidates = 3, kMostCandidates = 50;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double words_in(const std::string& text) {
  return 1.0 + static_cast<double>(std::count(text.begin(), text.end(), ' '));
}

Status run_once(Engines& engines, const Workload& work, const std::stop_token& stop) {
  LocalEmbedder& embedder = engines.embedder();
  switch (work.kind) {
    case WorkKind::kQueries:
      for (const std::string& query : work.texts)
        RAPPEL_TRY(
            embedder.embed({&query, 1}, {.role = TextRole::kQuery, .unit_length = true, .cancel = stop})
                .status());
      return {};
    case WorkKind::kCachedQueries:
      for (const std::string& query : work.texts)
        RAPPEL_TRY(embedder.embed_queries({&query, 1}, stop).status());
      return {};
    case WorkKind::kDocuments:
      return embedder
          .embed(
              work.texts,
              {.role = TextRole::kDocument, .unit_length = true, .priority = Priority::kBulk, .cancel = stop})
          .status();
    case WorkKind::kRerank: {
      RAPPEL_CHECK(engines.reranker() != nullptr, "reranking needs a reranker");
      return engines.reranker()->scores(rerank_query(), work.texts, stop).status();
    }
  }
  return {};
}

std::uint64_t tokens_so_far(Engines& engines) {
  std::uint64_t tokens = engines.embedder().scheduler_stats().tokens;
  if (engines.reranker() != nullptr) tokens += engines.reranker()->scheduler_stats().tokens;
  return tokens;
}

}  // namespace

std::vector<std::string> short_queries() {
  return {"how do bees keep warm", "when does the ferry leave", "what does a permit cost",
          "who repairs the north bridge", "where is the spare key"};
}

std::vector<std::string> long_queries() {
  return {"which papers does the office want before it renews a permit",
          "how long may a boat stay in the harbour during a storm",
          "what should a visitor know before walking to the mountain hut",
          "why did the council close the old tram line last winter",
          "who decides which seeds the village keeps for the next year"};
}

std::vector<std::string> sentences(int count, TextLength length) {
  static constexpr const char* kThings[] = {"The ferry",   "The tram",  "The hut", "The archive",
                                            "The mill",    "The crane", "The bus", "The church",
                                            "The station", "The school"};
  static constexpr const char* kFacts[] = {"is inspected early every spring", "was repaired after the storm",
                                           "opens to visitors on Sundays", "needs another coat of paint",
                                           "belongs to the whole valley"};
  constexpr std::size_t kSubjects = std::size(kThings);
  RAPPEL_CHECK(count >= 0 && static_cast<std::size_t>(count) <= kSubjects * std::size(kFacts),
               "that many differ");
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    std::string text = fmt::format("{} {}", kThings[i % kSubjects], kFacts[i / kSubjects]);
    if (length != TextLength::kShort) text += ", say the people who know it";
    if (length == TextLength::kLong) text += ", and a report goes to the council every year";
    texts.push_back(text + ".");
  }
  return texts;
}

std::vector<std::string> chunk_texts(int count) {
  std::vector<std::string> texts;
  for (int number = 0; number < count; ++number) {
    std::string& text = texts.emplace_back();
    for (int i = 0; i < 12; ++i)
      text += fmt::format(
          "Passage {} tells, in sentence {}, what a server measures before it recommends a setting. ", number,
          i);
  }
  return texts;
}

EngineSettings engine_settings(const Options& options) {
  EngineSettings settings{runtime_settings(options), embedder_settings(options), {}};
  if (options.boolean("RERANK_ENABLE")) settings.reranker = reranker_settings(options);
  return settings;
}

EngineSettings on_device(EngineSettings settings, const std::string& device) {
  const auto move = [&](ModelSettings& model) {
    model.device = device;
    model.refused_device.clear();
    model.device_fallback = false;
    model.precision = "auto";
  };
  move(settings.embedder);
  if (settings.reranker) move(*settings.reranker);
  settings.machine.fall_back_when_lost = false;
  return settings;
}

Engines::Engines(const EngineSettings& settings, const HubSettings& hub, Logger& logger)
    : runtime_(settings.machine, hub, logger) {}

Result<std::unique_ptr<Engines>> Engines::load(const EngineSettings& settings, const HubSettings& hub,
                                               Logger& logger) {
  std::unique_ptr<Engines> engines(new Engines(settings, hub, logger));
  RAPPEL_ASSIGN(engines->embedder_, engines->runtime_.load_embedder(settings.embedder, settings.warm_up));
  if (!settings.reranker) return engines;
  auto reranker = engines->runtime_.load_reranker(*settings.reranker, settings.warm_up);
  if (!reranker.ok()) return reranker.status().with_context("reranker (--no-rerank does without it)");
  engines->reranker_ = std::move(reranker).value();
  return engines;
}

int Engines::busy_threads() { return embedder_->health().device.starts_with("cpu") ? threads() : 1; }

const std::string& rerank_query() {
  static const std::string query = "in which season is the ferry inspected";
  return query;
}

const char* Workload::unit() const {
  return kind == WorkKind::kDocuments ? "documents" : kind == WorkKind::kRerank ? "passages" : "queries";
}

double Workload::cost() const {
  if (kind == WorkKind::kCachedQueries) return 0;
  double words = 0;
  for (const std::string& text : texts)
    words += words_in(text) + (kind == WorkKind::kRerank ? words_in(rerank_query()) : 2);
  return words;
}

Result<Measured> measure(Engines& engines, const Workload& work, const std::stop_token& stop,
                         const std::function<void()>& done) {
  Measured measured;
  std::uint64_t before = 0;
  for (int run = -work.repeats.warm_ups; run < work.repeats.runs; ++run) {
    if (stop.stop_requested()) break;
    if (run == 0) before = tokens_so_far(engines);
    const auto start = Clock::now();
    const Status status = run_once(engines, work, stop);
    const double ms = 1e3 * seconds_since(start);
    if (status.code() == Code::kCancelled && stop.stop_requested()) break;
    RAPPEL_TRY(status);
    if (run >= 0) {
      measured.ms.push_back(ms);
      measured.tokens = static_cast<double>(tokens_so_far(engines) - before) / (run + 1);
    }
    done();
  }
  return measured;
}

Result<Answers> answers_of(Engines& engines) {
  const std::string query = short_queries()[0];
  RAPPEL_ASSIGN(auto rows,
                engines.embedder().embed({&query, 1}, {.role = TextRole::kQuery, .unit_length = true}));
  Answers answers{std::move(rows[0].dense), {}};
  if (engines.reranker() == nullptr) return answers;
  RAPPEL_ASSIGN(answers.scores, engines.reranker()->scores(rerank_query(), sentences(5, TextLength::kLong)));
  return answers;
}

int QueryCost::candidates_within(double budget_ms) const {
  return static_cast<int>(std::clamp(std::floor((budget_ms - query_ms) / passage_ms),
                                     double{kLeastCandidates}, double{kMostCandidates}));
}

Result<MeasuredCost> query_cost(Engines& engines, const LoadClock& clock, const std::stop_token& stop) {
  constexpr int kPassages = 4, kPassesOfATurn = 3;
  RAPPEL_CHECK(engines.reranker() != nullptr, "reranking needs a reranker");
  const std::string query = "What does a server measure before it recommends a setting?";
  const auto texts = chunk_texts(kPassages);
  const auto work = [&](std::size_t part) {
    return part == 0 ? engines.embedder().embed({&query, 1}, {}).status()
                     : engines.reranker()->scores(query, texts).status();
  };
  for (const std::size_t part : {0, 1}) RAPPEL_TRY(work(part));  // touches fresh memory
  const auto turn = [&](std::size_t part, int) -> Result<double> {
    double least = 0;
    for (int pass = 0; pass < kPassesOfATurn; ++pass) {
      const auto start = Clock::now();
      RAPPEL_TRY(work(part));
      const double ms = 1e3 * seconds_since(start);
      least = pass == 0 ? ms : std::min(least, ms);
    }
    return least;
  };
  RAPPEL_ASSIGN(Turns turns,
                measure_in_turns(2, turn, clock, {.threads = engines.busy_threads(), .stop = stop}));
  MeasuredCost measured;
  measured.busy = std::move(turns.busy);
  if (!turns.least.empty()) measured.cost = {turns.least[0], turns.least[1] / kPassages};
  return measured;
}

Json statistics_json(const Statistics& statistics) {
  return {{"mean", statistics.mean}, {"median", statistics.median}, {"deviation", statistics.deviation},
          {"min", statistics.min},   {"max", statistics.max},       {"p95", statistics.p95}};
}

}  // namespace rappel
