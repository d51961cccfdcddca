// A disk of a set size, played under SQLite: files of the data folder that would grow beyond it do not.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <fstream>
#include <map>
#include <optional>

#include "store/conformance/store_test_util.h"
#include "store/sqlite/disk_reserve.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/test_default_vfs.h"
#include "store/sqlite/write_state.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;
constexpr int kDimension = 8;
constexpr std::uintmax_t kReserve = std::uintmax_t{1} << 20;

struct Disk {
  fs::path folder;
  std::atomic<std::uintmax_t> capacity = 0;  // the writer thread reads it
  std::uintmax_t used() const {
    std::uintmax_t bytes = 0;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error))
      if (!entry.path().string().ends_with("-shm")) bytes += entry.file_size(error);
    return bytes;
  }
};
Disk disk;
sqlite3_vfs* base_vfs = nullptr;
// The methods of a file, with a bounded xWrite instead of the one that all files have in common.
std::map<const sqlite3_io_methods*, sqlite3_io_methods> bounded_methods;
decltype(sqlite3_io_methods::xWrite) base_write = nullptr;

int bounded_write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  sqlite3_int64 now = 0;
  file->pMethods->xFileSize(file, &now);
  const sqlite3_int64 growth = offset + size - now;
  if (growth > 0 && disk.used() + static_cast<std::uintmax_t>(growth) > disk.capacity) return SQLITE_FULL;
  return base_write(file, data, size, offset);
}

int bounded_open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  const int rc = base_vfs->xOpen(base_vfs, name, file, flags, out_flags);
  if (rc != SQLITE_OK) return rc;
  base_write = file->pMethods->xWrite;
  sqlite3_io_methods& methods = bounded_methods[file->pMethods];
  methods = *file->pMethods;
  methods.xWrite = bounded_write;
  file->pMethods = &methods;
  return SQLITE_OK;
}

class FullDisk : public testing::Test {
 protected:
  void SetUp() override {
    base_vfs = sqlite3_vfs_find(nullptr);
    vfs_.emplace("small-disk", bounded_open);
    disk.folder = temp_.path() / "data";
    disk.capacity = std::uintmax_t{6} << 20;
  }
  std::unique_ptr<SnapshotStore> open(std::uintmax_t reserve_bytes) {
    SqliteStoreOptions options;
    options.folder = disk.folder;
    options.model = {"test/model", kDimension, "r1"};
    options.busy_ms = 20;
    options.reserve_bytes = reserve_bytes;
    options.log.pages = 100;
    options.free_bytes = [] { return disk.capacity - std::min(disk.capacity.load(), disk.used()); };
    auto store = open_sqlite_store(options);
    RAPPEL_CHECK(store.ok(), store.status().to_string().c_str());
    return std::move(store).value();
  }
  Status write(DocumentStore& store, int number) {
    const std::vector<NewDocument> documents = {document(
        "d" + std::to_string(number), {std::to_string(number), std::string(20000, 'x')}, kDimension)};
    const Status status = store.upsert(documents);
    if (status.ok()) apply_to(twin_, documents);
    return status;
  }
  // Writes until the disk is full. The snapshot keeps the log as it is.
  Status fill(SnapshotStore& store) {
    for (int i = 0; i < 2000; ++i) {
      const Status status = write(store, i);
      if (!status.ok()) return status;
    }
    return {};
  }
  std::vector<std::string> first_documents(int count) {
    std::vector<std::string> ids;
    for (const auto& [id, one] : twin_)
      if (std::ssize(ids) < count) ids.push_back(id);
    return ids;
  }
  TempDir temp_;
  std::optional<TestDefaultVfs> vfs_;
  Twin twin_;
};

TEST_F(FullDisk, UploadsFailAndRemovalsSucceed) {
  const auto store = open(kReserve);
  EXPECT_TRUE(store->writable().ok());
  ASSERT_TRUE(write(*store, 0).ok());
  const auto reader = store->snapshot();  // with it nothing becomes free by emptying the log
  const Status full = fill(*store);
  EXPECT_EQ(full.code(), Code::kUnavailable);
  EXPECT_EQ(full.id(), "disk-full");
  EXPECT_EQ(store->writable().id(), "disk-full");
  disk.capacity = disk.used();
  ASSERT_GT(twin_.size(), 20u);
  EXPECT_EQ(difference(*store, twin_, kDimension), "") << "reading goes on";

  const auto ids = first_documents(10);
  const auto removed = store->remove(ids);
  ASSERT_TRUE(removed.ok()) << removed.status().to_string();
  EXPECT_EQ(*removed, 10u);
  for (const std::string& id : ids) twin_.erase(id);
  EXPECT_EQ(difference(*store, twin_, kDimension), "");
  EXPECT_EQ(store->writable().id(), "disk-full") << "there is still no room for uploads";
  disk.capacity = 2 * disk.capacity;
  ASSERT_TRUE(write(*store, 5000).ok());
  EXPECT_TRUE(store->writable().ok());
  EXPECT_EQ(fs::file_size(disk.folder / "rappel.reserve"), kReserve);
}

// The twin of the test above: it is the reserve that makes room.
TEST_F(FullDisk, WithoutReserveRemovalsFail) {
  const auto store = open(0);
  ASSERT_TRUE(write(*store, 0).ok());
  const auto reader = store->snapshot();
  EXPECT_EQ(fill(*store).id(), "disk-full");
  disk.capacity = disk.used();
  EXPECT_EQ(store->remove(first_documents(10)).status().id(), "disk-full");
  EXPECT_EQ(difference(*store, twin_, kDimension), "");
  EXPECT_FALSE(fs::exists(disk.folder / "rappel.reserve"));
}

TEST_F(FullDisk, EverythingCanBeRemovedAndReplaced) {
  const auto store = open(kReserve);
  EXPECT_EQ(fill(*store).id(), "disk-full");
  disk.capacity = disk.used();
  const auto removed = store->remove(Filter::all());
  ASSERT_TRUE(removed.ok()) << removed.status().to_string();
  EXPECT_EQ(*removed, twin_.size());
  twin_.clear();
  for (int i = 0; i < 20; ++i) {
    const Status status = write(*store, i);
    ASSERT_TRUE(status.ok()) << i << ": " << status.to_string();
  }
  EXPECT_TRUE(store->writable().ok());
  EXPECT_EQ(difference(*store, twin_, kDimension), "");
}

TEST(DiskReserve, IsAFileThatIsMadeAgain) {
  TempDir temp;
  const fs::path file = temp.path() / "reserve";
  sqlite::DiskReserve reserve(file, 100000);
  ASSERT_EQ(reserve.bytes(), 100000u);
  ASSERT_TRUE(reserve.keep().ok());
  EXPECT_EQ(fs::file_size(file), 100000u);
  EXPECT_FALSE(reserve.released());
  reserve.release();
  EXPECT_FALSE(fs::exists(file));
  EXPECT_TRUE(reserve.released());
  std::ofstream(file) << "an attempt that was cut off";
  ASSERT_TRUE(reserve.keep().ok());
  EXPECT_EQ(fs::file_size(file), 100000u);
  EXPECT_FALSE(reserve.released());

  sqlite::DiskReserve none(file, 0);
  none.release();
  EXPECT_FALSE(none.released());
  EXPECT_TRUE(sqlite::DiskReserve(temp.path() / "no folder" / "reserve", 10).keep().ok());
}

TEST(WriteState, FailureLastsUntilTheEvidenceHasGone) {
  std::uintmax_t free_bytes = 5000;
  bool locked = true;
  sqlite::WriteState state({[&] { return free_bytes; }, [&] { return locked; }, 1000});
  const auto failure = [](const char* id) { return Status(Code::kUnavailable, "no").with_id(id); };
  EXPECT_TRUE(state.current().ok());
  state.record(Status(Code::kInvalidArgument, "the caller's"), false);
  EXPECT_TRUE(state.current().ok());

  state.record(failure("disk-full"), false);
  free_bytes = 5999;
  EXPECT_EQ(state.current().id(), "disk-full");
  state.record({}, /*removal=*/true);
  EXPECT_EQ(state.current().id(), "disk-full");
  free_bytes = 6000;
  EXPECT_TRUE(state.current().ok());

  state.record(failure("store-locked"), true);
  EXPECT_EQ(state.current().id(), "store-locked");
  locked = false;
  EXPECT_TRUE(state.current().ok());

  state.record(failure("data-folder"), false);
  EXPECT_EQ(state.current().id(), "data-folder");
  state.record({}, true);
  EXPECT_TRUE(state.current().ok());
}

}  // namespace
}  // namespace rappel
