#include "index/postings/owned_postings.h"

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace rappel {

void OwnedPostings::reserve(std::size_t postings) {
  slots_.reserve(postings);
  impacts_.reserve(postings);
}

void OwnedPostings::end_term(std::uint64_t key) {
  const std::size_t count = slots_.size() - begin_;
  if (count == 0) return;
  RAPPEL_CHECK(slots_.size() <= std::numeric_limits<std::uint32_t>::max(), "postings of a block are 32 bits");
  const auto first = static_cast<std::ptrdiff_t>(begin_);
  PostingsTerm term;
  term.key = key;
  term.last = static_cast<std::uint16_t>(count - 1);
  term.top = *std::max_element(impacts_.begin() + first, impacts_.end());
  term.begin = static_cast<std::uint32_t>(begin_);
  if (PostingsBlock::as_array(count, rows_.size())) {
    const std::size_t bytes = PostingsBlock::array_bytes(rows_.size()), at = arrays_.size();
    arrays_.resize(at + bytes);
    for (std::size_t i = begin_; i < slots_.size(); ++i) arrays_[at + slots_[i]] = impacts_[i];
    term.every_slot = 1;
    term.begin = static_cast<std::uint32_t>(at / bytes);
    slots_.resize(begin_);
    impacts_.resize(begin_);
  }
  begin_ = slots_.size();
  terms_.push_back(term);
}

std::shared_ptr<const PostingsBlock> OwnedPostings::finish(OwnedPostings postings) {
  for (auto* bytes : {&postings.impacts_, &postings.arrays_}) bytes->shrink_to_fit();
  postings.slots_.shrink_to_fit();
  postings.terms_.shrink_to_fit();
  postings.names_.shrink_to_fit();
  auto owner = std::make_shared<const OwnedPostings>(std::move(postings));
  const PostingsArrays arrays{.terms = owner->terms_,
                              .slots = owner->slots_,
                              .impacts = owner->impacts_,
                              .arrays = owner->arrays_,
                              .rows = owner->rows_,
                              .names = owner->names_.names()};
  return std::make_shared<const PostingsBlock>(arrays, std::move(owner));
}

}  // namespace rappel
