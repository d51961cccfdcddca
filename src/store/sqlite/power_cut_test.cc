// A power cut, played: a layer under SQLite knows which bytes were synced. A cut keeps those and, of the
// writes since, a random part, some of them torn at a sector. Writes acknowledged before the cut must be
// there after it, and whole.
//
// RAPPEL_POWER_CUTS sets the number of cuts (6 in the ordinary run), RAPPEL_SEED what survives them.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <atomic>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "store/conformance/versioned_pairs.h"
#include "store/sqlite/crash_options.h"
#include "store/sqlite/test_default_vfs.h"
#include "testing/setting.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;
// The disk: what is safe of each file, and what was written since.
struct Change {
  std::size_t offset = 0;
  std::string bytes;
  bool truncate = false;  // to `offset`
};
struct Image {
  std::string synced;
  std::vector<Change> pending;
};

void apply_to(std::string& content, const Change& change, std::size_t bytes) {
  if (change.truncate) {
    content.resize(std::min(content.size(), change.offset));
    return;
  }
  if (content.size() < change.offset + bytes) content.resize(change.offset + bytes);
  std::memcpy(content.data() + change.offset, change.bytes.data(), bytes);
}

class Disk {
 public:
  Image* file(const char* path) {
    std::lock_guard lock(mutex_);
    return &files_[path];
  }
  void write(Image* image, Change change) {
    std::lock_guard lock(mutex_);
    image->pending.push_back(std::move(change));
  }
  void sync(Image* image) {
    std::lock_guard lock(mutex_);
    for (const Change& change : image->pending) apply_to(image->synced, change, change.bytes.size());
    image->pending.clear();
    ++syncs_;
  }
  // Puts what the files in `from` would be after a cut now into `to`.
  void cut(const fs::path& from, const fs::path& to, std::mt19937& random) {
    std::lock_guard lock(mutex_);
    const unsigned kept = random() % 5;  // of 4: nothing since the sync .. everything
    for (const auto& [path, image] : files_) {
      if (fs::path(path).parent_path() != from) continue;
      std::string content = image.synced;
      for (const Change& change : image.pending) {
        if (random() % 4 >= kept) continue;
        const bool torn = change.bytes.size() > 512 && random() % 8 == 0;
        apply_to(content, change, torn ? random() % (change.bytes.size() / 512) * 512 : change.bytes.size());
      }
      std::ofstream(to / fs::path(path).filename(), std::ios::binary) << content;
    }
  }
  long syncs() {
    std::lock_guard lock(mutex_);
    return syncs_;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, Image> files_;
  long syncs_ = 0;
};

Disk& disk() {
  static Disk disk;
  return disk;
}

// A file of the layer; the real one follows it in memory.
struct LayerFile {
  sqlite3_file base;
  Image* image;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
LayerFile* layer(sqlite3_file* file) { return reinterpret_cast<LayerFile*>(file); }
sqlite3_file* real(sqlite3_file* file) { return layer(file)->real(); }
const sqlite3_io_methods* methods(sqlite3_file* file) { return real(file)->pMethods; }

int layer_write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  if (layer(file)->image != nullptr)
    disk().write(layer(file)->image,
                 {static_cast<std::size_t>(offset),
                  std::string(static_cast<const char*>(data), static_cast<std::size_t>(size))});
  return methods(file)->xWrite(real(file), data, size, offset);
}
int layer_truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (layer(file)->image != nullptr)
    disk().write(layer(file)->image, {static_cast<std::size_t>(size), {}, true});
  return methods(file)->xTruncate(real(file), size);
}
int layer_sync(sqlite3_file* file, int) {
  if (layer(file)->image != nullptr) disk().sync(layer(file)->image);
  return SQLITE_OK;  // this disk is played: the real one need not wait
}

const sqlite3_io_methods kLayerMethods = {
    2,
    [](sqlite3_file* f) { return methods(f)->xClose(real(f)); },
    [](sqlite3_file* f, void* data, int size, sqlite3_int64 offset) {
      return methods(f)->xRead(real(f), data, size, offset);
    },
    layer_write,
    layer_truncate,
    layer_sync,
    [](sqlite3_file* f, sqlite3_int64* size) { return methods(f)->xFileSize(real(f), size); },
    [](sqlite3_file* f, int lock) { return methods(f)->xLock(real(f), lock); },
    [](sqlite3_file* f, int lock) { return methods(f)->xUnlock(real(f), lock); },
    [](sqlite3_file* f, int* reserved) { return methods(f)->xCheckReservedLock(real(f), reserved); },
    [](sqlite3_file* f, int op, void* argument) { return methods(f)->xFileControl(real(f), op, argument); },
    [](sqlite3_file* f) { return methods(f)->xSectorSize(real(f)); },
    [](sqlite3_file* f) { return methods(f)->xDeviceCharacteristics(real(f)); },
    [](sqlite3_file* f, int page, int size, int extend, void volatile** memory) {
      return methods(f)->xShmMap(real(f), page, size, extend, memory);
    },
    [](sqlite3_file* f, int offset, int n, int flags) {
      return methods(f)->xShmLock(real(f), offset, n, flags);
    },
    [](sqlite3_file* f) { methods(f)->xShmBarrier(real(f)); },
    [](sqlite3_file* f, int erase) { return methods(f)->xShmUnmap(real(f), erase); },
    nullptr,
    nullptr};

sqlite3_vfs* base_vfs = nullptr;

int layer_open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  std::memset(file, 0, sizeof(LayerFile));
  const int rc = base_vfs->xOpen(base_vfs, name, real(file), flags, out_flags);
  if (rc != SQLITE_OK) return rc;
  if ((flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_SUPER_JOURNAL)) != 0)
    layer(file)->image = disk().file(name);
  layer(file)->base.pMethods = &kLayerMethods;
  return SQLITE_OK;
}

// Every database opened during the test lies on the played disk.
class PowerCut : public testing::Test {
 protected:
  void SetUp() override {
    base_vfs = sqlite3_vfs_find(nullptr);
    layer_.emplace("played-disk", layer_open, static_cast<int>(sizeof(LayerFile)));
  }
  std::optional<TestDefaultVfs> layer_;
};

constexpr int kPairs = 4;
struct Progress {
  std::atomic<std::int64_t> started{0};
  std::atomic<std::int64_t> acknowledged{0};
};

// Opens what a cut left: each pair must be whole, at a version between what was acknowledged before and
// started after.
void judge(const fs::path& folder, const std::vector<std::int64_t>& at_least,
           const std::vector<std::int64_t>& at_most) {
  const auto store = open_sqlite_store(crash_options(folder));
  ASSERT_TRUE(store.ok()) << store.status().to_string();
  const auto reader = open_reader(**store);
  ASSERT_TRUE(reader.ok()) << reader.status().to_string();
  for (int pair = 0; pair < kPairs; ++pair) {
    const std::int64_t low = at_least[static_cast<std::size_t>(pair)],
                       high = at_most[static_cast<std::size_t>(pair)];
    const auto version = read_pair(**reader, pair, kCrashDimension);
    ASSERT_TRUE(version.ok()) << version.status().to_string();
    bool absent_possible = false;
    for (std::int64_t v = low; v <= high; ++v) absent_possible |= is_absent(v);
    EXPECT_TRUE(*version < 0 ? absent_possible : *version >= low && *version <= high)
        << "pair " << pair << " is of version " << *version << ", expected " << low << " to " << high;
  }
  const Status trouble = (*store)->trouble();
  EXPECT_TRUE(trouble.ok()) << trouble.to_string();
  EXPECT_TRUE(write_pair(**store, 0, 1'000'001, kCrashDimension).ok());
  const auto verified = verify_sqlite_store(crash_options(folder));
  ASSERT_TRUE(verified.ok()) << verified.status().to_string();
  for (const Status& finding : verified->findings) ADD_FAILURE() << finding.to_string();
}

TEST_F(PowerCut, WhatWasAcknowledgedIsThereAndWhole) {
  const long cuts = setting("RAPPEL_POWER_CUTS", 6);
  std::mt19937 random(static_cast<unsigned>(setting("RAPPEL_SEED", 1)));
  TempDir temp;
  const fs::path folder = temp.path() / "data";
  const auto store = open_sqlite_store(crash_options(folder));
  ASSERT_TRUE(store.ok()) << store.status().to_string();
  std::vector<Progress> progress(kPairs);
  std::atomic<bool> done{false};
  std::vector<std::thread> writers;
  for (int pair = 0; pair < kPairs; ++pair) {
    writers.emplace_back([&, pair] {
      Progress& mine = progress[static_cast<std::size_t>(pair)];
      for (std::int64_t version = 1; !done; ++version) {
        mine.started = version;
        const Status status = write_pair(**store, pair, version, kCrashDimension);
        EXPECT_TRUE(status.ok()) << status.to_string();
        mine.acknowledged = version;
      }
    });
  }
  for (long cut = 0; cut < cuts && !HasFailure(); ++cut) {
    // Cuts follow a number of syncs, so that they fall everywhere: between commits, inside checkpoints.
    const long next = disk().syncs() + 1 + static_cast<long>(random() % 300);
    while (disk().syncs() < next) std::this_thread::yield();
    const fs::path after = temp.path() / ("after" + std::to_string(cut));
    fs::create_directory(after);
    std::vector<std::int64_t> at_least, at_most;
    for (const Progress& p : progress) at_least.push_back(p.acknowledged);
    disk().cut(folder, after, random);
    for (const Progress& p : progress) at_most.push_back(p.started);
    judge(after, at_least, at_most);
    fs::remove_all(after);
  }
  done = true;
  for (auto& writer : writers) writer.join();
}

}  // namespace
}  // namespace rappel
