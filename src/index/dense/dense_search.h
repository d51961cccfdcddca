// DenseSearch: one search of a DenseIndex.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "base/status.h"
#include "index/dense/best.h"
#include "index/dense/dense_index.h"

namespace rappel {

class DenseSearch {
 public:
  DenseSearch(const DenseIndex& index, const DenseRequest& request);

  Result<std::vector<RowScore>> run(const ExactScores& exact);

 private:
  using View = DenseIndex::View;
  // One view within the filter.
  struct Part {
    const View* view = nullptr;
    std::uint32_t number = 0;
    const DenseQuery* query = nullptr;
    std::vector<std::uint64_t> allowed;  // a bit for each slot; empty: all slots
    bool scan = false;                   // codes first; otherwise all allowed 4-bit rows
    float slack = 0;                     // what an estimate may be too low

    std::uint64_t wanted(std::size_t word) const;  // of 64 slots
  };
  // The state of the scan of a part.
  struct Scan {
    TopScores top;  // 4-bit scores
    Best scored;    // by 4-bit rows
    std::vector<Candidate> waiting;
    std::size_t rescored = 0;
  };

  void choose(Part& part) const;
  bool allow(Part& part) const;
  // `top`: scores of other parts to begin with.
  Scan scan(const Part& part, TopScores top) const;
  void scan_codes(const Part& part, Scan& scan) const;
  void score_from(const Part& part, std::size_t begin, Scan& scan) const;
  void score_waiting(const Part& part, Scan& scan) const;
  // Replaces the scores by those of 4-bit rows, and keeps the best.
  void score(const Part& part, std::span<Candidate> candidates, Scan& scan) const;
  // Rows by their 4-bit scores, all that may be among the k best.
  std::vector<Candidate> scan_all() const;
  Result<std::vector<RowScore>> finish(std::vector<Candidate> scored, const ExactScores& exact) const;
  float score_error(const Candidate& candidate) const;

  const DenseIndex& index_;
  const DenseRequest& request_;
  std::size_t k_;
  std::map<const DenseCodec*, std::unique_ptr<DenseQuery>> queries_;
  std::vector<Part> parts_;           // by view; without those that have nothing
  std::vector<std::uint32_t> place_;  // of a view's part
};

}  // namespace rappel
