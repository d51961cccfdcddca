// FilesInStores: the files of all vector stores: which there are, what has become of them, and those that
// wait to be read. Stores are named by their collections. Any thread may call any method.
//
// A change that a client asked for is on disk when the method returns, and not made if it fails. The result
// of a worker is written without waiting for the disk: after a power cut it is done once more, and a
// document replaces itself.
//
// Workers take() some files of one store and one owner, and settle() each. The owner that was served least
// recently comes next. A result counts only for the version of the file that was taken: a file that was added
// again meanwhile waits again, one that is leaving is left to the worker.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "server/vector_stores/store_journal.h"
#include "server/vector_stores/stored_file.h"

namespace rappel {

class Logger;

// Files of one store and one owner.
struct StoreWork {
  std::string store, owner;
  std::vector<StoredFile> files;
};

struct FileOutcome {
  FileState state = FileState::kCompleted;
  std::string error_code = {}, error = {};
};

class FilesInStores {
 public:
  struct Limits {
    std::size_t files_in_store = 10'000;
    std::size_t files = 200'000;
    std::size_t attribute_bytes = std::size_t{128} << 20;  // of all files: they are kept in memory
    std::size_t batches_in_store = 200;                    // older ones are forgotten
  };

  // `logger` may be null.
  FilesInStores(std::filesystem::path folder, Limits limits, Logger* logger)
      : journal_(std::move(folder)), limits_(limits), logger_(logger) {}

  // Reads what is there; before any other call. A journal that cannot be read is reported and left alone.
  void open();
  std::vector<std::string> stores() const;
  // Forgets what is known of an earlier collection of that name. `created_at`: of the collection now.
  void meet(std::string_view store, std::int64_t created_at);
  // The collection is gone.
  void forget(std::string_view store);

  // Adds files, or reads them again; `batch` may be null. kResourceExhausted: beyond the limits;
  // kFailedPrecondition: one is leaving.
  Status add(std::string_view store, std::vector<StoredFile> files, const FileBatch* batch);
  std::vector<StoredFile> list(std::string_view store) const;  // without those that are leaving
  std::optional<StoredFile> find(std::string_view store, std::string_view file) const;
  // The stores that have the file.
  std::vector<std::string> stores_with(std::string_view file) const;
  // Until the file is no longer in progress, or the time is over: as it is then.
  std::optional<StoredFile> wait(std::string_view store, std::string_view file,
                                 std::chrono::milliseconds most, const std::stop_token& stop) const;

  // Clients see the file no more. True: nobody works on it, and the caller removes its document, then calls
  // left(). False: a worker does both, or there is no such file.
  Result<bool> leave(std::string_view store, std::string_view file);
  void left(std::string_view store, std::string_view file);
  // Files of all stores whose removal has not ended, as after a crash.
  std::vector<std::pair<std::string, std::string>> leaving() const;

  std::optional<FileBatch> batch(std::string_view store, std::string_view id) const;
  // Its files that still wait are cancelled.
  Status cancel(std::string_view store, std::string_view batch);

  // The last time that somebody used the store, in seconds since 1970; nothing if it was not used.
  std::optional<std::int64_t> last_active(std::string_view store) const;
  void note_active(std::string_view store);

  // Waits for work; nothing when `stop` is stopped.
  std::optional<StoreWork> take(const std::stop_token& stop);
  // True: the file is leaving; its document is to be removed, then left().
  bool settle(std::string_view store, const StoredFile& taken, const FileOutcome& outcome);
  // They were not read: they wait again, and their owner for that time. Those that are leaving, as settle().
  std::vector<StoredFile> give_back(const StoreWork& work, std::chrono::seconds pause);

 private:
  using Clock = std::chrono::steady_clock;
  struct Store {
    std::int64_t created_at = 0;
    std::optional<std::int64_t> active, written_active;
    std::map<std::string, StoredFile, std::less<>> files;  // changed by keep() and drop() alone
    std::size_t attribute_bytes = 0;                       // of the files; each addition asks for it
    std::map<std::string, FileBatch, std::less<>> batches;
    std::size_t lines = 0;  // of the journal
  };
  struct Waiting {
    std::string store, file;
    std::uint64_t version;
  };
  struct Owner {
    std::deque<Waiting> waiting;
    std::uint64_t served = 0;  // grows with each piece of work of any owner
    Clock::time_point not_before = {};
  };
  using Stores = std::map<std::string, Store, std::less<>>;

  // All under the mutex.
  Store* find_store(std::string_view name);
  const Store* find_store(std::string_view name) const;
  StoredFile* find_file(std::string_view store, std::string_view file);
  const StoredFile* find_file(std::string_view store, std::string_view file) const;
  Status write(const std::string& name, Store& store, const JournalEntry& entry, bool sync);
  void write_or_log(const std::string& name, Store& store, const JournalEntry& entry);
  void compact(const std::string& name, Store& store);
  void apply(Store& store, JournalEntry entry);
  static StoredFile& keep(Store& store, StoredFile file);
  static void drop(Store& store, std::string_view file);
  void enqueue(const std::string& store, StoredFile& file);
  void drop_old_batches(Store& store);
  Owner* next_owner(Clock::time_point now, Clock::time_point& soonest);
  std::optional<StoreWork> take_from(Owner& owner);
  Status check_room(const Store& store, const std::vector<StoredFile>& files) const;

  const StoreJournal journal_;
  const Limits limits_;
  Logger* const logger_;
  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  Stores stores_;
  std::map<std::string, Owner> owners_;
  std::set<std::pair<std::string, std::string>> under_way_;  // store and file
  std::uint64_t last_version_ = 0, last_served_ = 0;
};

}  // namespace rappel
