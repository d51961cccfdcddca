// OwnedPostings: the arrays of a PostingsBlock in memory, written term by term.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "index/postings/postings_block.h"

namespace rappel {

class OwnedPostings {
 public:
  explicit OwnedPostings(std::vector<std::int64_t> rows) : rows_(std::move(rows)) {}

  void reserve(std::size_t postings);
  // The next posting of the term under way; slots ascend, the impact is not 0.
  void push(std::uint16_t slot, std::uint8_t impact) {
    slots_.push_back(slot);
    impacts_.push_back(impact);
  }
  // All postings of the term are there (none: there is no such term). Keys ascend.
  void end_term(std::uint64_t key);
  std::size_t terms() const { return terms_.size(); }
  // The names of the terms, by their numbers in the order of end_term().
  TermNameWriter& names() { return names_; }
  static std::shared_ptr<const PostingsBlock> finish(OwnedPostings postings);

 private:
  std::vector<PostingsTerm> terms_;
  std::vector<std::uint16_t> slots_;
  std::vector<std::uint8_t> impacts_, arrays_;
  std::vector<std::int64_t> rows_;
  TermNameWriter names_;
  std::size_t begin_ = 0;  // first posting of the term under way
};

}  // namespace rappel
