#include "store/sqlite/commit_record.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/os/file.h"
#include "store/sqlite/checksum.h"

namespace rappel::sqlite {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSlotBytes = 4096, kSlots = 2;  // a slot to a page: no write tears both
constexpr std::int64_t kFileBytes = kSlotBytes * kSlots;
constexpr std::int64_t kMagic = 0x3174696d6d6f6352;  // "Rcommit1"
constexpr std::size_t kWords = 11;
using Words = std::array<std::int64_t, kWords>;  // magic, sequence, the note, checksum

std::int64_t sum_of(const Words& words) {
  Checksum sum;
  for (std::size_t i = 0; i + 1 < kWords; ++i) sum.add(words[i]);
  return sum.sum();
}

Words words_of(const CommitNote& n, std::int64_t sequence) {
  Words words{kMagic,    sequence, static_cast<std::int64_t>(n.store),
              n.commit,  n.second, n.complete,
              n.reached, n.lost,   n.lost_time,
              n.mended,  0};
  words.back() = sum_of(words);
  return words;
}

struct Slots {
  std::optional<CommitNote> note;  // of the newest slot
  std::int64_t sequence = 0;
  std::size_t next = 0;  // the slot to write
  bool damaged = false;  // some slot is neither empty nor sound
};

Result<Slots> read_slots(const fs::path& file) {
  std::error_code error;
  Slots slots;
  if (!fs::exists(file, error)) return slots;
  RAPPEL_ASSIGN(std::string bytes, read_file_start(file, kFileBytes));
  bytes.resize(kFileBytes);
  for (std::size_t i = 0; i < kSlots; ++i) {
    Words w;
    std::memcpy(w.data(), bytes.data() + i * kSlotBytes, sizeof w);
    if (w == Words{}) continue;
    if (w[0] != kMagic || w.back() != sum_of(w)) {
      slots.damaged = true;
    } else if (!slots.note || w[1] > slots.sequence) {
      slots.sequence = w[1];
      slots.next = 1 - i;
      slots.note = CommitNote{static_cast<std::uint64_t>(w[2]), w[3], w[4], w[5], w[6], w[7], w[8], w[9]};
    }
  }
  return slots;
}

std::int64_t now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Status failure(const char* what, const fs::path& file) {
  return Status(Code::kUnavailable, std::string("cannot ") + what + " " + file.string(), std::strerror(errno))
      .with_id("data-folder");
}

struct HeldLock {
  explicit HeldLock(int file) : fd(file) {
    while (::flock(fd, LOCK_EX) != 0 && errno == EINTR) continue;
  }
  ~HeldLock() { ::flock(fd, LOCK_UN); }
  const int fd;
};

}  // namespace

fs::path commit_record_file(const fs::path& database) { return database.string() + "-commits"; }

Result<std::optional<CommitNote>> read_commit_record(const fs::path& database) {
  const fs::path file = commit_record_file(database);
  RAPPEL_ASSIGN(const Slots slots, read_slots(file));
  if (!slots.note && slots.damaged)
    return Status(Code::kCorrupt, file.string() +
                                      " is damaged, so it is not known whether acknowledged commits are "
                                      "missing: run `rappel store verify`, then `rappel store accept`")
        .with_id("store-damaged");
  return slots.note;
}

Result<std::unique_ptr<CommitRecord>> CommitRecord::open(const fs::path& database) {
  const fs::path file = commit_record_file(database);
  Fd lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.get() < 0) return failure("write", file);
  std::unique_ptr<CommitRecord> record(new CommitRecord(database, std::move(lock)));
  RAPPEL_TRY(record->open_for_writing());
  return record;
}

Status CommitRecord::open_for_writing() {
  const fs::path file = commit_record_file(database_);
  file_ = RawFile::open(file, SQLITE_OPEN_SUPER_JOURNAL);
  if (!file_) return failure("write", file);
  // Made whole once, so that a later update changes no size. Another process may be doing the same.
  const HeldLock held(lock_.get());
  sqlite3_int64 size = 0;
  file_->get()->pMethods->xFileSize(file_->get(), &size);
  if (size >= kFileBytes) return {};
  const std::string zeros(static_cast<std::size_t>(kFileBytes - size), '\0');
  return write(size, zeros.data(), static_cast<int>(zeros.size()));
}

Status CommitRecord::write(std::int64_t offset, const void* data, int size) {
  sqlite3_file* const file = file_->get();
  int rc = file->pMethods->xWrite(file, data, size, offset);
  if (rc == SQLITE_OK) rc = file->pMethods->xSync(file, SQLITE_SYNC_FULL | SQLITE_SYNC_DATAONLY);
  return rc == SQLITE_OK ? Status() : failure("write", commit_record_file(database_));
}

Status CommitRecord::update(const std::function<bool(CommitNote&)>& change) {
  const HeldLock held(lock_.get());
  RAPPEL_ASSIGN(const Slots slots, read_slots(commit_record_file(database_)));
  CommitNote note = slots.note.value_or(CommitNote{});
  if (!change(note)) return {};
  const Words words = words_of(note, slots.sequence + 1);
  return write(static_cast<std::int64_t>(slots.next * kSlotBytes), words.data(), sizeof words);
}

Status CommitRecord::raise(std::int64_t commit) {
  return update([&](CommitNote& note) {
    if (commit <= note.commit) return false;
    note.commit = commit;
    note.second = now();
    return true;
  });
}

}  // namespace rappel::sqlite
