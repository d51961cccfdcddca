#include "server/vector_stores/files_in_stores.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "base/log.h"
#include "store/filter_tree.h"

namespace rappel {
namespace {

constexpr std::size_t kMostTaken = 16;                              // files of one piece of work
constexpr std::uint64_t kMostTakenBytes = std::uint64_t{64} << 20;  // beyond the first file
constexpr std::size_t kFewLines = 1000;     // of a journal, which are not worth a rewrite
constexpr std::int64_t kActiveStep = 3600;  // seconds between two lines about activity

std::size_t attribute_bytes(const Attributes& attributes) {
  constexpr std::size_t kPlace = 64;  // of a value among the others
  std::size_t bytes = 0;
  for (const auto& [key, value] : attributes) {
    const auto* const text = text_of(value);
    bytes += kPlace + key.size() + (text != nullptr ? text->size() : 0);
  }
  return bytes;
}

std::vector<JournalEntry> entries_of(std::int64_t created_at, const std::optional<std::int64_t>& active,
                                     const auto& files, const auto& batches) {
  std::vector<JournalEntry> entries;
  entries.emplace_back(StoreBirth{created_at});
  if (active) entries.emplace_back(ActiveStore{*active});
  for (const auto& [id, file] : files) entries.emplace_back(file);
  for (const auto& [id, batch] : batches) entries.emplace_back(NewBatch{batch, {}});
  return entries;
}

}  // namespace

void FilesInStores::open() {
  for (const std::string& name : journal_.names()) {
    auto entries = journal_.load(name);
    if (!entries.ok()) {
      if (logger_ != nullptr)
        logger_->error("cannot read the files of the vector store {}: {}", name,
                       entries.status().to_string());
      continue;
    }
    const std::lock_guard lock(mutex_);
    Store& store = stores_[name];
    store.lines = (*entries).size();
    for (JournalEntry& entry : *entries) apply(store, std::move(entry));
    for (auto& [id, file] : store.files)
      if (file.state == FileState::kInProgress && !file.leaving) enqueue(name, file);
    compact(name, store);
  }
}

void FilesInStores::apply(Store& store, JournalEntry entry) {
  if (auto* birth = std::get_if<StoreBirth>(&entry)) store.created_at = birth->created_at;
  if (auto* active = std::get_if<ActiveStore>(&entry)) store.active = store.written_active = active->at;
  if (auto* gone = std::get_if<GoneFile>(&entry)) drop(store, gone->file_id);
  if (auto* file = std::get_if<StoredFile>(&entry)) keep(store, std::move(*file));
  if (auto* made = std::get_if<NewBatch>(&entry)) {
    for (StoredFile& file : made->files) keep(store, std::move(file));
    store.batches[made->batch.id] = std::move(made->batch);
  }
}

StoredFile& FilesInStores::keep(Store& store, StoredFile file) {
  drop(store, file.file_id);
  store.attribute_bytes += attribute_bytes(file.attributes);
  std::string id = file.file_id;
  return store.files.emplace(std::move(id), std::move(file)).first->second;
}

void FilesInStores::drop(Store& store, std::string_view file) {
  const auto it = store.files.find(file);
  if (it == store.files.end()) return;
  store.attribute_bytes -= attribute_bytes(it->second.attributes);
  store.files.erase(it);
}

FilesInStores::Store* FilesInStores::find_store(std::string_view name) {
  return const_cast<Store*>(std::as_const(*this).find_store(name));
}

const FilesInStores::Store* FilesInStores::find_store(std::string_view name) const {
  const auto it = stores_.find(name);
  return it == stores_.end() ? nullptr : &it->second;
}

const StoredFile* FilesInStores::find_file(std::string_view store, std::string_view file) const {
  const Store* const found = find_store(store);
  if (found == nullptr) return nullptr;
  const auto it = found->files.find(file);
  return it == found->files.end() ? nullptr : &it->second;
}

StoredFile* FilesInStores::find_file(std::string_view store, std::string_view file) {
  return const_cast<StoredFile*>(std::as_const(*this).find_file(store, file));
}

Status FilesInStores::write(const std::string& name, Store& store, const JournalEntry& entry, bool sync) {
  if (store.lines == 0) {
    RAPPEL_TRY(journal_.append(name, StoreBirth{store.created_at}, sync));
    ++store.lines;
  }
  RAPPEL_TRY(journal_.append(name, entry, sync));
  ++store.lines;
  return {};
}

void FilesInStores::write_or_log(const std::string& name, Store& store, const JournalEntry& entry) {
  const Status written = write(name, store, entry, /*sync=*/false);
  if (!written.ok() && logger_ != nullptr)
    logger_->error("cannot keep what became of a file in the vector store {}: {}", name, written.to_string());
}

void FilesInStores::compact(const std::string& name, Store& store) {
  const std::size_t live = store.files.size() + store.batches.size() + 2;
  if (store.lines < kFewLines || store.lines < 4 * live) return;
  const auto entries = entries_of(store.created_at, store.active, store.files, store.batches);
  if (const Status written = journal_.rewrite(name, entries); written.ok())
    store.lines = entries.size();
  else if (logger_ != nullptr)
    logger_->warn("cannot shorten the journal of the vector store {}: {}", name, written.to_string());
}

std::vector<std::string> FilesInStores::stores() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, store] : stores_) names.push_back(name);
  return names;
}

void FilesInStores::meet(std::string_view name, std::int64_t created_at) {
  {
    const std::lock_guard lock(mutex_);
    const Store* const store = find_store(name);
    if (store == nullptr) {
      stores_[std::string(name)].created_at = created_at;
      return;
    }
    if (store->created_at == created_at) return;
  }
  forget(name);
  const std::lock_guard lock(mutex_);
  stores_[std::string(name)].created_at = created_at;
}

void FilesInStores::forget(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto it = stores_.find(name);
  if (it == stores_.end()) return;
  if (it->second.lines > 0) journal_.remove(name);
  stores_.erase(it);
  changed_.notify_all();
}

// Files that are there already count by their attributes alone.
Status FilesInStores::check_room(const Store& store, const std::vector<StoredFile>& files) const {
  std::size_t count = 0, fresh = 0, bytes = 0;
  for (const auto& [name, one] : stores_) {
    count += one.files.size();
    bytes += one.attribute_bytes;
  }
  for (const StoredFile& file : files) {
    fresh += store.files.contains(file.file_id) ? 0 : 1;
    bytes += attribute_bytes(file.attributes);
  }
  if (fresh > 0 && (store.files.size() + fresh > limits_.files_in_store || count + fresh > limits_.files))
    return Status(Code::kResourceExhausted,
                  fmt::format("a vector store has at most {} files, all together {}; remove some first",
                              limits_.files_in_store, limits_.files));
  if (bytes > limits_.attribute_bytes)
    return Status(
        Code::kResourceExhausted,
        fmt::format("the attributes of all files have at most {} MB; use shorter ones, or remove files",
                    limits_.attribute_bytes >> 20));
  return {};
}

void FilesInStores::enqueue(const std::string& store, StoredFile& file) {
  file.version = ++last_version_;
  owners_[file.owner].waiting.push_back({store, file.file_id, file.version});
  changed_.notify_all();
}

void FilesInStores::drop_old_batches(Store& store) {
  while (store.batches.size() > limits_.batches_in_store)
    store.batches.erase(std::min_element(
        store.batches.begin(), store.batches.end(),
        [](const auto& a, const auto& b) { return a.second.created_us < b.second.created_us; }));
}

Status FilesInStores::add(std::string_view name, std::vector<StoredFile> files, const FileBatch* batch) {
  const std::lock_guard lock(mutex_);
  Store* const store = find_store(name);
  if (store == nullptr) return Status(Code::kNotFound, "there is no such vector store");
  for (const StoredFile& file : files)
    if (const StoredFile* const known = find_file(name, file.file_id); known != nullptr && known->leaving)
      return Status(Code::kFailedPrecondition, "the file is being removed from this store; try again");
  RAPPEL_TRY(check_room(*store, files));
  const std::string key(name);
  if (batch != nullptr) {
    RAPPEL_TRY(write(key, *store, NewBatch{*batch, files}, /*sync=*/true));
    store->batches[batch->id] = *batch;
    drop_old_batches(*store);
  } else {
    for (const StoredFile& file : files) RAPPEL_TRY(write(key, *store, file, /*sync=*/true));
  }
  for (StoredFile& file : files) {
    enqueue(key, keep(*store, std::move(file)));
  }
  compact(key, *store);
  return {};
}

std::vector<StoredFile> FilesInStores::list(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  std::vector<StoredFile> files;
  if (const Store* const store = find_store(name))
    for (const auto& [id, file] : store->files)
      if (!file.leaving) files.push_back(file);
  return files;
}

std::optional<StoredFile> FilesInStores::find(std::string_view name, std::string_view file) const {
  const std::lock_guard lock(mutex_);
  const StoredFile* const found = find_file(name, file);
  return found == nullptr || found->leaving ? std::nullopt : std::optional(*found);
}

std::vector<std::string> FilesInStores::stores_with(std::string_view file) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, store] : stores_)
    if (const auto it = store.files.find(file); it != store.files.end() && !it->second.leaving)
      names.push_back(name);
  return names;
}

std::optional<StoredFile> FilesInStores::wait(std::string_view store, std::string_view file,
                                              std::chrono::milliseconds most,
                                              const std::stop_token& stop) const {
  {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, most, [&] {
      const StoredFile* const found = find_file(store, file);
      return found == nullptr || found->state != FileState::kInProgress;
    });
  }
  return find(store, file);
}

Result<bool> FilesInStores::leave(std::string_view name, std::string_view id) {
  const std::lock_guard lock(mutex_);
  StoredFile* const file = find_file(name, id);
  if (file == nullptr || file->leaving) return false;
  StoredFile going = *file;
  going.leaving = true;
  RAPPEL_TRY(write(std::string(name), *find_store(name), going, /*sync=*/true));
  *file = std::move(going);
  changed_.notify_all();
  return !under_way_.contains({std::string(name), std::string(id)});
}

void FilesInStores::left(std::string_view name, std::string_view id) {
  const std::lock_guard lock(mutex_);
  StoredFile* const file = find_file(name, id);
  if (file == nullptr || !file->leaving) return;
  Store& store = *find_store(name);
  write_or_log(std::string(name), store, GoneFile{std::string(id)});
  drop(store, id);
  compact(std::string(name), store);
}

std::vector<std::pair<std::string, std::string>> FilesInStores::leaving() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<std::string, std::string>> all;
  for (const auto& [name, store] : stores_)
    for (const auto& [id, file] : store.files)
      if (file.leaving) all.emplace_back(name, id);
  return all;
}

std::optional<FileBatch> FilesInStores::batch(std::string_view name, std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const Store* const store = find_store(name);
  if (store == nullptr) return std::nullopt;
  const auto it = store->batches.find(id);
  return it == store->batches.end() ? std::nullopt : std::optional(it->second);
}

Status FilesInStores::cancel(std::string_view name, std::string_view id) {
  const std::lock_guard lock(mutex_);
  Store* const store = find_store(name);
  if (store == nullptr || !store->batches.contains(id)) return {};
  FileBatch& batch = store->batches.find(id)->second;
  std::vector<StoredFile> cancelled;
  for (const std::string& one : batch.files) {
    const auto it = store->files.find(one);
    if (it == store->files.end() || it->second.state != FileState::kInProgress || it->second.leaving)
      continue;
    if (under_way_.contains({std::string(name), one})) continue;  // it is nearly done
    cancelled.push_back(it->second);
    cancelled.back().state = FileState::kCancelled;
  }
  if (cancelled.empty()) return {};  // it was faster
  FileBatch ended = batch;
  ended.cancelled = true;
  RAPPEL_TRY(write(std::string(name), *store, NewBatch{ended, cancelled}, /*sync=*/true));
  batch = std::move(ended);
  for (StoredFile& file : cancelled) {
    file.version = ++last_version_;
    keep(*store, std::move(file));
  }
  changed_.notify_all();
  return {};
}

std::optional<std::int64_t> FilesInStores::last_active(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const Store* const store = find_store(name);
  return store == nullptr ? std::nullopt : store->active;
}

void FilesInStores::note_active(std::string_view name) {
  const std::lock_guard lock(mutex_);
  Store* const store = find_store(name);
  if (store == nullptr) return;
  const auto now = static_cast<std::int64_t>(std::time(nullptr));
  store->active = now;
  if (store->written_active && now - *store->written_active < kActiveStep) return;
  store->written_active = now;
  write_or_log(std::string(name), *store, ActiveStore{now});
}

FilesInStores::Owner* FilesInStores::next_owner(Clock::time_point now, Clock::time_point& soonest) {
  Owner* next = nullptr;
  for (auto& [id, owner] : owners_) {
    if (owner.waiting.empty()) continue;
    if (owner.not_before > now)
      soonest = std::min(soonest, owner.not_before);
    else if (next == nullptr || owner.served < next->served)
      next = &owner;
  }
  return next;
}

std::optional<StoreWork> FilesInStores::take_from(Owner& owner) {
  owner.served = ++last_served_;
  StoreWork work;
  std::uint64_t bytes = 0;
  while (!owner.waiting.empty() && work.files.size() < kMostTaken) {
    const Waiting& next = owner.waiting.front();
    if (!work.files.empty() && next.store != work.store) break;
    const StoredFile* const file = find_file(next.store, next.file);
    const bool is_stale = file == nullptr || file->version != next.version || file->leaving ||
                          under_way_.contains({next.store, next.file});
    if (!is_stale) {
      if (!work.files.empty() && bytes + file->bytes > kMostTakenBytes) break;
      bytes += file->bytes;
      work.store = next.store;
      work.owner = file->owner;
      work.files.push_back(*file);
      under_way_.emplace(next.store, next.file);
    }
    owner.waiting.pop_front();
  }
  return work.files.empty() ? std::nullopt : std::optional(std::move(work));
}

std::optional<StoreWork> FilesInStores::take(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const auto now = Clock::now();
    auto soonest = now + std::chrono::seconds(10);
    if (Owner* const owner = next_owner(now, soonest)) {
      if (auto work = take_from(*owner)) return work;
      continue;
    }
    changed_.wait_until(lock, stop, soonest, [&] {
      auto ignored = Clock::time_point::max();
      return next_owner(Clock::now(), ignored) != nullptr;
    });
  }
  return std::nullopt;
}

bool FilesInStores::settle(std::string_view name, const StoredFile& taken, const FileOutcome& outcome) {
  const std::lock_guard lock(mutex_);
  under_way_.erase({std::string(name), taken.file_id});
  changed_.notify_all();
  StoredFile* const file = find_file(name, taken.file_id);
  if (file == nullptr) return false;  // with its store
  if (file->leaving) return true;
  if (file->version != taken.version) {  // added again meanwhile
    if (file->state == FileState::kInProgress) enqueue(std::string(name), *file);
    return false;
  }
  file->state = outcome.state;
  file->error_code = outcome.error_code;
  file->error = outcome.error;
  write_or_log(std::string(name), *find_store(name), *file);
  return false;
}

std::vector<StoredFile> FilesInStores::give_back(const StoreWork& work, std::chrono::seconds pause) {
  std::vector<StoredFile> leaving;
  const std::lock_guard lock(mutex_);
  Owner& owner = owners_[work.owner];
  owner.not_before = Clock::now() + pause;
  for (auto it = work.files.rbegin(); it != work.files.rend(); ++it) {
    under_way_.erase({work.store, it->file_id});
    const StoredFile* const file = find_file(work.store, it->file_id);
    if (file != nullptr && file->leaving)
      leaving.push_back(*file);
    else if (file != nullptr && file->state == FileState::kInProgress)
      owner.waiting.push_front({work.store, it->file_id, file->version});
  }
  changed_.notify_all();
  return leaving;
}

}  // namespace rappel
