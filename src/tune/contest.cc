#include "tune/contest.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "tune/memory.h"

namespace rappel {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kSliceSeconds = 0.2;
constexpr double kMemoryShare = 1.0 / 3;  // of what is free, for all contenders at once
constexpr double kOwnShare = 0.8;  // of a round that the threads should compute; some contenders have fewer
constexpr int kRounds = 3, kMostRounds = 6;
constexpr int kRoundsOfReloads = 2, kMostRoundsOfReloads = 3;

class Contest {
 public:
  Contest(std::vector<Contender> contenders, const ContestSetup& setup)
      : contenders_(std::move(contenders)), setup_(setup), engines_(contenders_.size()) {
    for (Contender& one : contenders_) one.settings.reranker.reset();
  }

  Result<Speeds> run() {
    speeds_.tokens_per_second.resize(contenders_.size());
    speeds_.same.resize(contenders_.size());
    keep_ = fit_into_memory();
    RAPPEL_TRY(line_up());
    TurnOptions options;
    options.threads = threads_;
    options.share = keep_ && threads_ > 1 ? kOwnShare : 0;
    options.rounds = keep_ ? kRounds : kRoundsOfReloads;
    options.most_rounds = keep_ ? kMostRounds : kMostRoundsOfReloads;
    options.stop = setup_.stop;
    RAPPEL_ASSIGN(Turns turns,
                  measure_in_turns(
                      running_.size(), [this](std::size_t i, int round) { return turn(i, round); },
                      setup_.clock, options));
    speeds_.busy = std::move(turns.busy);
    for (std::size_t i = 0; i < turns.least.size(); ++i)
      speeds_.tokens_per_second[running_[i]] = 1 / turns.least[i];
    for (std::size_t i = 0; i < contenders_.size(); ++i)
      if (speeds_.same[i]) speeds_.tokens_per_second[i] = speeds_.tokens_per_second[0];
    return std::move(speeds_);
  }

 private:
  bool fit_into_memory() const {
    double bytes = 0;
    for (const Contender& one : contenders_) {
      const auto wanted = estimate_memory(one.settings, setup_.hub);
      if (!wanted.known()) return false;
      bytes += wanted.total();
    }
    const auto free = free_memory(read_cgroup());
    return free && bytes < kMemoryShare * *free;
  }

  // Loads each contender, and finds those that can be measured.
  Status line_up() {
    std::optional<std::vector<float>> first;
    for (std::size_t i = 0; i < contenders_.size(); ++i) {
      if (setup_.stop.stop_requested()) return {Code::kCancelled, "stopped"};
      setup_.step(contenders_[i].name + ": loading");
      auto loaded = Engines::load(contenders_[i].settings, setup_.hub, setup_.logger);
      if (loaded.status().code() == Code::kUnsupported) continue;
      RAPPEL_TRY(loaded.status());
      RAPPEL_ASSIGN(const Answers answers, answers_of(**loaded));
      const int threads = (*loaded)->threads();
      if (!first) {
        first = answers.vector;
        first_threads_ = threads;
      } else if (answers.vector == *first && threads == first_threads_) {
        speeds_.same[i] = true;
        continue;
      }
      threads_ = std::max(threads_, (*loaded)->busy_threads());
      running_.push_back(i);
      if (keep_) engines_[i] = std::move(loaded).value();
    }
    return {};
  }

  Result<double> turn(std::size_t index, int round) {
    const std::size_t i = running_[index];
    setup_.step(fmt::format("{}: round {}", contenders_[i].name, round + 1));
    std::unique_ptr<Engines> loaded;
    Engines* engines = engines_[i].get();
    if (engines == nullptr) {
      RAPPEL_ASSIGN(loaded, Engines::load(contenders_[i].settings, setup_.hub, setup_.logger));
      engines = loaded.get();
    }
    return seconds_per_token(engines->embedder());
  }

  std::vector<Contender> contenders_;
  const ContestSetup& setup_;
  std::vector<std::unique_ptr<Engines>> engines_;  // of those that are kept
  std::vector<std::size_t> running_;               // contenders that are measured
  Speeds speeds_;
  bool keep_ = false;
  int threads_ = 1, first_threads_ = 0;
};

}  // namespace

Result<Speeds> contest(std::vector<Contender> contenders, const ContestSetup& setup) {
  return Contest(std::move(contenders), setup).run();
}

Result<double> seconds_per_token(Embedder& embedder) {
  const auto texts = chunk_texts(2);
  RAPPEL_TRY(embedder.embed(texts, {}).status());  // touches fresh memory
  double least = 0;
  const auto begin = Clock::now();
  do {
    const auto start = Clock::now();
    RAPPEL_ASSIGN(const auto rows, embedder.embed(texts, {}));
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    double tokens = 0;
    for (const Embedding& row : rows) tokens += static_cast<double>(row.input_ids.size());
    if (least == 0 || seconds / tokens < least) least = seconds / tokens;
  } while (std::chrono::duration<double>(Clock::now() - begin).count() < kSliceSeconds);
  return least;
}

}  // namespace rappel
