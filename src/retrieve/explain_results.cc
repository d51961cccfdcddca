#include "retrieve/explain_results.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "retrieve/diversity.h"

namespace rappel {
namespace {

// The results of an answer in the making: the first candidate of each, by its unit.
class Results {
 public:
  explicit Results(std::size_t wanted) : wanted_(wanted) {}

  // The candidate whose result has the unit; null: none.
  const Candidate* holder_of(std::size_t unit) const {
    const auto found = first_.find(unit);
    return found == first_.end() ? nullptr : found->second;
  }
  bool full() const { return order_.size() == wanted_; }
  void add(std::size_t unit, const Candidate& candidate) {
    first_.emplace(unit, &candidate);
    order_.push_back(&candidate);
  }
  std::size_t size() const { return order_.size(); }
  const std::vector<const Candidate*>& all() const { return order_; }

 private:
  const std::size_t wanted_;
  std::unordered_map<std::size_t, const Candidate*> first_;
  std::vector<const Candidate*> order_;
};

// The results that the order of the scores alone would give.
std::unordered_set<std::size_t> units_by_score(const QueryExplanation& query, std::size_t wanted) {
  std::unordered_set<std::size_t> units;
  for (const ExplainedCandidate& candidate : query.candidates) {
    if (units.size() == wanted) break;
    if (candidate.fate != WhyReason::kBelowMinScore) units.insert(candidate.unit);
  }
  return units;
}

// The result that is most like the candidate.
std::string most_like(const Candidate& candidate, const Results& results) {
  const auto& all = results.all();
  const auto nearest = std::max_element(all.begin(), all.end(), [&](const Candidate* a, const Candidate* b) {
    return similarity(*a, candidate) < similarity(*b, candidate);
  });
  return nearest == all.end() ? std::string() : (*nearest)->chunk.id;
}

}  // namespace

void explain_choice(std::span<const Candidate> ordered, std::size_t wanted, double min_score,
                    QueryExplanation& query) {
  std::unordered_map<std::string_view, ExplainedCandidate*> by_chunk;
  for (ExplainedCandidate& candidate : query.candidates) {
    by_chunk.emplace(candidate.chunk_id, &candidate);
    if (candidate.score < min_score) candidate.fate = WhyReason::kBelowMinScore;
  }
  const auto by_score = units_by_score(query, wanted);
  Results results(wanted);
  for (const Candidate& candidate : ordered) {
    ExplainedCandidate& explained = *by_chunk.at(candidate.chunk.id);
    if (const Candidate* const holder = results.holder_of(explained.unit)) {
      explained.fate = WhyReason::kOtherSection;
      explained.result_id = holder->chunk.id;
    } else if (!results.full()) {
      results.add(explained.unit, candidate);
      explained.place = results.size();
    } else if (by_score.contains(explained.unit)) {
      explained.fate = WhyReason::kDiversity;
      explained.result_id = most_like(candidate, results);
    } else {
      explained.fate = WhyReason::kBehindTopK;
    }
  }
}

void explain_page(std::size_t given, std::size_t cut, QueryExplanation& query) {
  for (ExplainedCandidate& candidate : query.candidates)
    if (candidate.place > given)
      candidate.fate = candidate.place <= given + cut ? WhyReason::kAnswerBudget : WhyReason::kLaterPage;
}

}  // namespace rappel
