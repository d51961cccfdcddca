#include "store/sqlite/log_mending.h"

#include <algorithm>
#include <cstring>
#include <set>
#include <vector>

#include "store/sqlite/log_format.h"

namespace rappel::sqlite {
namespace {

using Bytes = std::span<std::byte>;

constexpr std::size_t kSaltsAt = 8;  // in a frame's header; in the log's header they are at 16
constexpr std::size_t kLogSaltsAt = 16, kPageSizeAt = 8;
constexpr int kMostSearches = 64;  // for one bit of a page, some 50 ms each

void flip(std::byte& byte, int bit) { byte ^= std::byte{static_cast<unsigned char>(1u << bit)}; }

// The bits after whose flip `sound()` holds, at most two of them: the checksum does not tell high bits of
// different words apart. Positions are bytes of `part`.
struct Flip {
  std::size_t at;
  int bit;
};
template <class Sound>
std::vector<Flip> candidates(Bytes part, Sound sound) {
  std::vector<Flip> found;
  for (std::size_t at = 0; at < part.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      flip(part[at], bit);
      if (sound()) found.push_back({at, bit});
      flip(part[at], bit);
      if (found.size() == 2) return found;
    }
  return found;
}

class Mender {
 public:
  explicit Mender(std::string_view log) : log_(log) {}

  std::optional<MendedLog> run() {
    if (log_.size() < kLogHeaderBytes + kFrameHeaderBytes || !mend_header()) return std::nullopt;
    look_at_frames();
    const std::size_t end = last_saved_commit();
    if (repaired_ == 0 || end <= whole_commits_) return std::nullopt;
    rebuild(end);
    return MendedLog{std::move(log_), end, repaired_};
  }

 private:
  Bytes bytes() { return std::as_writable_bytes(std::span(log_.data(), log_.size())); }
  Bytes frame(std::size_t i) { return bytes().subspan(kLogHeaderBytes + i * frame_bytes_, frame_bytes_); }
  Bytes page(std::size_t i) { return frame(i).subspan(kFrameHeaderBytes); }
  std::size_t frames() const { return (log_.size() - kLogHeaderBytes) / frame_bytes_; }
  std::uint32_t page_number(std::size_t i) { return big_endian(frame(i).data()); }
  bool is_commit(std::size_t i) { return big_endian(frame(i).data() + 4) != 0; }
  LogSum stored(std::size_t i) { return LogSum::stored(frame(i).data() + kFrameSumAt); }
  LogSum computed(LogSum before, std::size_t i) { return frame_sum(before, frame(i), page(i)); }
  bool has_salts(std::size_t i) {
    return std::memcmp(frame(i).data() + kSaltsAt, bytes().data() + kLogSaltsAt, 8) == 0;
  }

  bool has_magic() {
    constexpr std::uint32_t kMagic = 0x377f0682, kVersion = 3007000;
    return big_endian(bytes().data()) == kMagic && big_endian(bytes().data() + 4) == kVersion;
  }

  bool mend_header() {
    const auto sound = [&] {
      const Bytes header = bytes().first(kLogHeaderBytes);
      return LogSum().add(header.first(kLogHeaderSumAt)) == LogSum::stored(&header[kLogHeaderSumAt]);
    };
    if (!sound()) {
      const Bytes header = bytes().first(kLogHeaderBytes);
      const auto bits = candidates(header, [&] { return sound() && has_magic(); });
      if (bits.size() != 1) return false;
      flip(header[bits[0].at], bits[0].bit);
      repaired_ = 1;
    }
    const std::size_t page_bytes = big_endian(bytes().data() + kPageSizeAt);
    if (page_bytes < 512 || page_bytes > 65536) return false;
    frame_bytes_ = kFrameHeaderBytes + page_bytes;
    return true;
  }

  // Sets bad_ for each frame of this log, up to its end.
  void look_at_frames() {
    LogSum before = LogSum::stored(bytes().data() + kLogHeaderSumAt);
    bool whole = repaired_ == 0;
    for (std::size_t i = 0; i < frames(); ++i) {
      if (!has_salts(i) && !mend_salts(i, before)) {
        if (!continues_after(i)) return;
        bad_.push_back(true);
      } else if (computed(before, i) == stored(i)) {
        bad_.push_back(false);
      } else if (mend_frame(i, before)) {
        ++repaired_;
        whole = false;
        bad_.push_back(false);
      } else {
        if (!continues_after(i)) return;
        bad_.push_back(true);
      }
      if (bad_.back()) {
        ++repaired_;
        whole = false;
      }
      if (whole && is_commit(i)) whole_commits_ = i + 1;
      before = stored(i);
    }
  }

  // The frame after i is sound with the sum that i has stored: what follows belongs to this log.
  bool continues_after(std::size_t i) {
    return i + 1 < frames() && has_salts(i + 1) && computed(stored(i), i + 1) == stored(i + 1);
  }

  // The salts are not part of the sum.
  bool mend_salts(std::size_t i, LogSum before) {
    if (computed(before, i) != stored(i)) return false;
    std::memcpy(frame(i).data() + kSaltsAt, bytes().data() + kLogSaltsAt, 8);
    ++repaired_;
    return true;
  }

  bool mend_frame(std::size_t i, LogSum before) {
    if (header_may_be_wrong(i, before)) untrusted_.insert(i);
    if (searches_++ >= kMostSearches) return false;
    const auto sound = [&] { return computed(before, i) == stored(i); };
    const Bytes whole = frame(i);
    auto bits = candidates(whole.first(kSaltsAt), sound);
    for (const Flip& bit : candidates(whole.subspan(kFrameSumAt), sound))
      bits.push_back({kFrameSumAt + bit.at, bit.bit});
    if (bits.size() != 1) return false;
    flip(whole[bits[0].at], bits[0].bit);
    return true;
  }

  // Whether the page may be whole: page number and database size follow from it and the sums on both sides
  // then. Otherwise they are random, and one of them is larger than a database can be here.
  bool header_may_be_wrong(std::size_t i, LogSum before) {
    constexpr std::uint32_t kMostPages = 1u << 26;
    LogSum after = stored(i);
    after.take_back(page(i));
    const std::uint32_t words[] = {after.a - before.a - before.b, after.b - before.b - after.a};
    std::byte header[8];
    std::memcpy(header, words, sizeof header);
    return big_endian(header) <= kMostPages && big_endian(header + 4) <= kMostPages;
  }

  // The number of frames up to the last commit before which every bad frame has a later one of its page.
  std::size_t last_saved_commit() {
    for (std::size_t end = bad_.size(); end > 0; --end) {
      if (bad_[end - 1] || !is_commit(end - 1)) continue;
      bool saved = true;
      for (std::size_t i = 0; i < end && saved; ++i) saved = !bad_[i] || successor(i, end) < end;
      if (saved) return end;
    }
    return 0;
  }

  // The first sound frame after i with the same page, or `end`; also if i does not tell its page. A damage
  // that began in the frame before may have reached the page number.
  std::size_t successor(std::size_t i, std::size_t end) {
    if (untrusted_.contains(i) || !has_salts(i) || (i > 0 && bad_[i - 1])) return end;
    std::size_t next = i + 1;
    while (next < end && (bad_[next] || page_number(next) != page_number(i))) ++next;
    return next;
  }

  void rebuild(std::size_t end) {
    LogSum sum = LogSum::stored(bytes().data() + kLogHeaderSumAt);
    for (std::size_t i = 0; i < end; ++i) {
      if (bad_[i]) {
        std::memcpy(page(i).data(), page(successor(i, end)).data(), page(i).size());
      }
      sum = computed(sum, i);
      sum.store(frame(i).data() + kFrameSumAt);
    }
    log_.resize(kLogHeaderBytes + end * frame_bytes_);
  }

  std::string log_;
  std::size_t frame_bytes_ = 0;
  std::vector<bool> bad_;
  std::size_t whole_commits_ = 0;  // frames up to the last commit that recovery finds by itself
  std::size_t repaired_ = 0;
  int searches_ = 0;
  std::set<std::size_t> untrusted_;  // frames whose page number may be wrong
};

}  // namespace

std::optional<MendedLog> mend_log(std::string_view log) { return Mender(log).run(); }

}  // namespace rappel::sqlite
