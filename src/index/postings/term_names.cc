#include "index/postings/term_names.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace rappel {
namespace {

constexpr std::size_t kHead = 2, kTerm = 4;

}  // namespace

bool TermNameCursor::next() {
  const auto& bytes = names_.bytes;
  if (at_ + kHead + kTerm > bytes.size()) return false;
  shared_ = std::min<std::size_t>(bytes[at_], length_);
  const std::size_t rest = std::min<std::size_t>(bytes[at_ + 1], TermNames::kLongest - shared_);
  if (at_ + kHead + rest + kTerm > bytes.size()) return false;
  std::memcpy(name_.data() + shared_, bytes.data() + at_ + kHead, rest);
  length_ = shared_ + rest;
  const std::uint8_t* const term = bytes.data() + at_ + kHead + rest;
  term_ = std::uint32_t{term[0]} | std::uint32_t{term[1]} << 8 | std::uint32_t{term[2]} << 16 |
          std::uint32_t{term[3]} << 24;
  at_ += kHead + rest + kTerm;
  return true;
}

bool TermNameCursor::begins(std::size_t start, std::string_view beginning) const {
  TermNameCursor first(names_);
  first.at_ = start;
  return first.next() && first.name().starts_with(beginning);
}

bool TermNameCursor::skip(std::size_t bytes) {
  const std::array<char, TermNames::kLongest> kept = name_;
  const std::string_view beginning(kept.data(), std::min(bytes, length_));
  for (const auto& entries = names_.bytes; at_ + kHead <= entries.size();) {
    if (entries[at_] >= beginning.size()) {
      at_ += kHead + entries[at_ + 1] + kTerm;
      continue;
    }
    if (!next()) return false;
    if (!name().starts_with(beginning)) {
      const auto same = std::mismatch(beginning.begin(), beginning.end(), name_.begin()).first;
      shared_ = static_cast<std::size_t>(same - beginning.begin());
      return true;
    }
    // A start. If the next one begins alike, so does all that is between them.
    const auto& starts = names_.starts;
    while (next_start_ < starts.size() && starts[next_start_] < at_) ++next_start_;
    while (next_start_ < starts.size() && begins(starts[next_start_], beginning)) at_ = starts[next_start_++];
  }
  return false;
}

// The last start with a smaller name, then entry by entry.
void TermNameCursor::seek(std::string_view name) {
  const auto start =
      std::partition_point(names_.starts.begin(), names_.starts.end(), [&](std::uint32_t place) {
        TermNameCursor first(names_);
        first.at_ = place;
        return first.next() && first.name() < name;
      });
  at_ = start == names_.starts.begin() ? 0 : *std::prev(start);
  length_ = 0;
  for (TermNameCursor ahead = *this; ahead.next() && ahead.name() < name;) *this = ahead;
}

void TermNameWriter::add(std::string_view name, std::uint32_t term) {
  RAPPEL_CHECK(name.size() <= TermNames::kLongest, "a name of a term is short");
  const std::string_view last(last_.data(), last_length_);
  if (count_ > 0 && name == last && term == last_term_) return;
  const bool start = count_++ % TermNames::kEvery == 0;
  const auto end = std::mismatch(name.begin(), name.end(), last.begin(), last.end()).first;
  const auto shared = start ? 0 : static_cast<std::size_t>(end - name.begin());
  if (start) starts_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  bytes_.push_back(static_cast<std::uint8_t>(shared));
  bytes_.push_back(static_cast<std::uint8_t>(name.size() - shared));
  bytes_.insert(bytes_.end(), name.begin() + static_cast<std::ptrdiff_t>(shared), name.end());
  for (int shift = 0; shift < 32; shift += 8) bytes_.push_back(static_cast<std::uint8_t>(term >> shift));
  std::memcpy(last_.data(), name.data(), name.size());
  last_length_ = name.size();
  last_term_ = term;
}

void TermNameWriter::shrink_to_fit() {
  bytes_.shrink_to_fit();
  starts_.shrink_to_fit();
}

}  // namespace rappel
