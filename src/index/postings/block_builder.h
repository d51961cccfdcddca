// BlockBuilder: rows with their terms -> a PostingsBlock. Linear in the number of postings, but for the
// sorting of the different terms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "index/postings/postings_block.h"

namespace rappel {

class OwnedPostings;

// How much a term weighs in a row.
struct TermImpact {
  std::uint64_t term = 0;
  std::uint8_t impact = 0;
};

// A way to write a term.
struct TermName {
  std::uint64_t term = 0;
  std::string_view name;
};

// Numbers terms 0, 1, .. in the order of their first use.
class TermNumbers {
 public:
  std::uint32_t number(std::uint64_t key);
  const std::vector<std::uint64_t>& keys() const { return keys_; }

 private:
  void grow();
  std::vector<std::uint32_t> places_;  // number + 1, by the low bits of the key; 0: free
  std::vector<std::uint64_t> keys_;    // by number
};

class BlockBuilder {
 public:
  // Rows ascend; PostingsBlock::kMostRows at most. Impacts of 0 are left out; if a term comes twice, its
  // larger impact counts. `names`: of terms of the row; they may come any number of times, and names above
  // TermNames::kLongest are left out.
  void add(std::int64_t row, std::span<const TermImpact> entries, std::span<const TermName> names = {});
  std::size_t rows() const { return rows_.size(); }
  std::int64_t first_row() const { return rows_.front(); }
  std::size_t postings() const { return postings_.size(); }
  std::shared_ptr<const PostingsBlock> build() &&;

 private:
  void add_name(const TermName& name);
  void build_names(std::span<const std::uint32_t> places, OwnedPostings& to) const;

  struct Name {
    std::size_t begin = 0;  // in letters_
    std::uint32_t length = 0;
    std::uint32_t term = 0;  // its number
  };
  struct Posting {
    std::uint32_t term = 0;  // its number
    std::uint16_t slot = 0;
    std::uint8_t impact = 0;
  };
  std::vector<std::int64_t> rows_;
  std::vector<Posting> postings_;      // by row
  std::vector<std::uint32_t> latest_;  // by term: its last posting
  std::vector<std::uint32_t> counts_;  // by term
  TermNumbers numbers_;
  TermNumbers known_names_;  // hashes of names with their terms
  std::vector<Name> names_;
  std::string letters_;
};

}  // namespace rappel
