// The commit record: a small file beside the database that says which commit was acknowledged last, so that a
// start notices commits that a damaged log has lost.
//
// The writer updates it after the fsync of a commit and before its callers are told. It also says how far the
// database file can be trusted without its log: checkpoints are announced before they write. Two slots take
// turns, each with a checksum, so a torn write leaves the one before. docs/storage.md has the layout.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "base/os/fd.h"
#include "base/status.h"
#include "store/sqlite/raw_file.h"

namespace rappel::sqlite {

// Commit numbers, and seconds since 1970.
struct CommitNote {
  std::uint64_t store = 0;     // whose record this is: meta.store_id
  std::int64_t commit = 0;     // the last one that was acknowledged
  std::int64_t second = 0;     // when
  std::int64_t complete = 0;   // the database file has every page of the commits up to this one,
  std::int64_t reached = 0;    // and may have pages of commits up to this one
  std::int64_t lost = 0;       // acknowledged commits that starts did not find; 0: none
  std::int64_t lost_time = 0;  // when the last of them was acknowledged
  std::int64_t mended = 0;     // starts that mended a damaged log without a loss

  // The database file is that of one commit, exactly.
  bool database_is_whole() const { return complete == reached; }
  bool operator==(const CommitNote&) const = default;
};

std::filesystem::path commit_record_file(const std::filesystem::path& database);

// Nothing where there is no record yet; kCorrupt when no slot has its checksum. Changes nothing.
Result<std::optional<CommitNote>> read_commit_record(const std::filesystem::path& database);

class CommitRecord {
 public:
  // Makes the file where there is none.
  static Result<std::unique_ptr<CommitRecord>> open(const std::filesystem::path& database);

  // Changes the note, on disk when it returns. One process at a time. `change` gets an empty note where there
  // is none; false: it changed nothing.
  Status update(const std::function<bool(CommitNote&)>& change);
  // An acknowledged commit; an older one than the note's changes nothing.
  Status raise(std::int64_t commit);

 private:
  CommitRecord(std::filesystem::path database, Fd lock)
      : database_(std::move(database)), lock_(std::move(lock)) {}
  Status open_for_writing();
  Status write(std::int64_t offset, const void* data, int size);

  const std::filesystem::path database_;
  const Fd lock_;
  std::unique_ptr<RawFile> file_;
};

}  // namespace rappel::sqlite
