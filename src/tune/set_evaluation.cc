#include "tune/set_evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/os/process.h"
#include "base/units.h"
#include "codec/sha256.h"
#include "config/version.h"
#include "tune/eval_questions.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kIdsAtOnce = 256;
constexpr const char* kKept = "unfinished";  // the folder of the answers

// One line for each variable in force. Flags without one say what is asked and printed, not how.
std::string variables_of(const Options& options) {
  std::string all;
  for (const OptionValue& value : options.all())
    if (*value.spec->variable != '\0') all += fmt::format("{}={}\n", value.spec->variable, value.text);
  return all;
}

std::string journal_name(const SetEvaluation& evaluation, const EvalVariant& variant) {
  constexpr std::size_t kDigits = 16;
  std::string all = fmt::format("{}\n{}\n{}\n", evaluation.settings, variant.label, evaluation.same_ids);
  for (const auto& [key, value] : variant.settings) all += fmt::format("{}={}\n", key, value);
  for (const JudgedQuery& query : evaluation.set.queries)
    all += fmt::format("{}:{}{}:{}", query.id.size(), query.id, query.text.size(), query.text);
  return sha256_hex(all).substr(0, kDigits) + ".jsonl";
}

// Work that is done and work that is left, in milliseconds: modes differ a hundredfold. A mode that was not
// asked yet costs as much a query as its first query did.
class Pace {
 public:
  struct Mode {
    std::size_t asked = 0, left = 0;  // queries
    double ms = 0;                    // of one
  };

  std::vector<Mode> modes;

  double done() const {
    return sum([](const Mode& mode) { return mode.asked; });
  }
  double total() const {
    return sum([](const Mode& mode) { return mode.asked + mode.left; });
  }

 private:
  template <class Count>
  double sum(Count count) const {
    double all = 0;
    for (const Mode& mode : modes) all += mode.ms * static_cast<double>(count(mode));
    return all;
  }
};

class Evaluator {
 public:
  Evaluator(const EvalParts& parts, const SetEvaluation& evaluation, const EvalEvents& events,
            const std::stop_token& stop, SetOutcome& outcome)
      : parts_(parts), evaluation_(evaluation), events_(events), stop_(stop), outcome_(outcome) {}

  Status run() {
    RAPPEL_TRY(fill());
    RAPPEL_TRY(note_missing());
    RAPPEL_TRY(look_ahead());
    events_.phase();
    for (std::size_t i = 0; i < evaluation_.variants.size(); ++i) RAPPEL_TRY(ask(i));
    return {};
  }

 private:
  Status fill() {
    events_.phase();
    RetrievalOptions options;
    options.chunk = evaluation_.chunk;
    Retrieval retrieval(parts_.store, parts_.embedder, nullptr, options, parts_.logger);
    const std::size_t documents = evaluation_.corpus.documents;
    const std::string words = "storing " + count_text(documents, "document");
    const auto advance = [&](std::size_t done, std::size_t known) {
      events_.progress(words, static_cast<double>(done - known), static_cast<double>(documents - known));
    };
    RAPPEL_ASSIGN(const StoredCorpus stored,
                  fill_eval_store(evaluation_.set.corpus, parts_.store, retrieval, advance, stop_));
    outcome_.stored = stored.stored;
    if (stored.empty > 0)
      note(count_text(stored.empty, "document") +
           " of the corpus cannot be found, because the text is empty or not longer than "
           "MIN_CHUNK_LENGTH_TO_EMBED");
    return {};
  }

  // Judgements of another corpus would make every result look bad.
  Status note_missing() {
    std::vector<std::string> ids;
    for (const auto& [query, judged] : evaluation_.set.judgements)
      for (const auto& [document, relevance] : judged)
        if (relevance > 0) ids.push_back(document);
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    std::size_t found = 0;
    for (std::size_t begin = 0; begin < ids.size(); begin += kIdsAtOnce) {
      const auto part = std::span(ids).subspan(begin, std::min(kIdsAtOnce, ids.size() - begin));
      RAPPEL_ASSIGN(const auto documents, parts_.store.get(part));
      found += documents.size();
    }
    if (found < ids.size())
      note(fmt::format("{} of {} are not in the corpus, and count as not found", ids.size() - found,
                       count_text(ids.size(), "relevant document")));
    return {};
  }

  // Opens the journals, and asks one query of each mode for the time that the mode takes.
  Status look_ahead() {
    for (const EvalVariant& variant : evaluation_.variants) {
      RAPPEL_ASSIGN(EvalJournal journal,
                    EvalJournal::open(evaluation_.folder / kKept / journal_name(evaluation_, variant)));
      outcome_.resumed += journal.size();
      Pace::Mode mode{0, evaluation_.set.queries.size() - journal.size()};
      if (mode.left > 1) {
        const EvalQuestions first{std::span(evaluation_.set.queries).first(1), evaluation_.same_ids};
        RAPPEL_ASSIGN(const auto answers, ask_eval_questions(
                                              query_parts(variant), first, [](auto) {}, stop_));
        mode.ms = answers.ms[0];
      }
      pace_.modes.push_back(mode);
      journals_.push_back(std::move(journal));
    }
    return {};
  }

  Status ask(std::size_t i) {
    const EvalVariant& variant = evaluation_.variants[i];
    Pace::Mode& mode = pace_.modes[i];
    const std::size_t all = mode.left;
    const auto advance = [&](std::size_t asked) {
      mode.asked = asked;
      mode.left = all - asked;
      events_.progress("asking in mode " + variant.label, pace_.done(), pace_.total());
    };
    const EvalQuestions questions{evaluation_.set.queries, evaluation_.same_ids, &journals_[i]};
    RAPPEL_ASSIGN(auto answers, ask_eval_questions(query_parts(variant), questions, advance, stop_));
    RAPPEL_TRY(events_.answered(variant, answers.run));
    outcome_.results.push_back({evaluation_.set.name, std::string(variant.mode->name), variant.settings,
                                variant.label, evaluate(evaluation_.set.judgements, answers.run),
                                latency_of(std::move(answers.ms))});
    return {};
  }

  QueryParts query_parts(const EvalVariant& variant) const {
    return {parts_.store, parts_.embedder, parts_.scales, parts_.reranker, variant.options, parts_.logger};
  }

  void note(std::string sentence) { outcome_.notes.push_back(std::move(sentence)); }

  const EvalParts& parts_;
  const SetEvaluation& evaluation_;
  const EvalEvents& events_;
  const std::stop_token& stop_;
  SetOutcome& outcome_;
  std::vector<EvalJournal> journals_;  // of the variants
  Pace pace_;
};

}  // namespace

std::string answer_settings(const Options& options) {
  std::error_code error;
  const fs::path program = own_program();
  const auto changed = fs::last_write_time(program, error).time_since_epoch().count();
  return fmt::format("{} {} {}\n{}", kVersion, kCommit, changed, variables_of(options));
}

Status evaluate_set(const EvalParts& parts, const SetEvaluation& evaluation, const EvalEvents& events,
                    const std::stop_token& stop, SetOutcome& outcome) {
  return Evaluator(parts, evaluation, events, stop, outcome).run();
}

void forget_answers(const fs::path& store_folder) {
  std::error_code error;  // answers that stay are not found again, or are still right
  fs::remove_all(store_folder / kKept, error);
}

}  // namespace rappel
