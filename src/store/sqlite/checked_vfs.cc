#include "store/sqlite/checked_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "store/sqlite/log_format.h"
#include "store/sqlite/migrations.h"
#include "store/sqlite/page_seal.h"
#include "store/sqlite/schema.h"

namespace rappel::sqlite {
namespace {

thread_local std::string last_mismatch;

sqlite3_vfs* below() { return sqlite3_vfs_find(nullptr); }

bool is_page(int size, sqlite3_int64 offset) {
  return size >= 512 && (size & (size - 1)) == 0 && offset % size == 0;
}

// The layer's part of one open file; `real` is the file below.
struct FileState {
  virtual ~FileState() = default;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(memory.get()); }
  virtual int read(void* data, int size, sqlite3_int64 offset) {
    return real()->pMethods->xRead(real(), data, size, offset);
  }
  virtual int write(const void* data, int size, sqlite3_int64 offset) {
    return real()->pMethods->xWrite(real(), data, size, offset);
  }
  std::unique_ptr<std::byte[]> memory;
  bool ignores_seals = false;
};

class DatabaseState : public FileState {
 public:
  int read(void* data, int size, sqlite3_int64 offset) override {
    const int rc = FileState::read(data, size, offset);
    if (rc != SQLITE_OK || ignores_seals || !is_page(size, offset) || !look_for_seals()) return rc;
    const auto number = static_cast<std::uint64_t>(offset / size) + 1;
    if (has_its_seal(number, {static_cast<const std::byte*>(data), static_cast<std::size_t>(size)}))
      return SQLITE_OK;
    last_mismatch = "page " + std::to_string(number) + " does not have its checksum";
    return SQLITE_IOERR_DATA;
  }

  int write(const void* data, int size, sqlite3_int64 offset) override {
    const std::span page(static_cast<const std::byte*>(data), static_cast<std::size_t>(size));
    if (!is_page(size, offset)) return FileState::write(data, size, offset);
    if (offset == 0) sealed_ = is_sealed(page);
    if (!look_for_seals()) return FileState::write(data, size, offset);
    const std::uint64_t seal = page_seal(static_cast<std::uint64_t>(offset / size) + 1, page);
    buffer_.assign(page.begin(), page.end());  // SQLite's own copy stays as it is
    std::memcpy(buffer_.data() + page.size() - kSealBytes, &seal, kSealBytes);
    return FileState::write(buffer_.data(), size, offset);
  }

 private:
  // Once sealed, a database stays so. An upgrade writes page 1 before the others.
  bool look_for_seals() {
    if (sealed_) return true;
    std::array<std::byte, kDatabaseHeaderBytes> header{};
    if (FileState::read(header.data(), kDatabaseHeaderBytes, 0) == SQLITE_OK) sealed_ = is_sealed(header);
    return sealed_;
  }

  bool sealed_ = false;
  std::vector<std::byte> buffer_;
};

// The log. A transaction that outgrows the cache writes frames early, may change them in place, and gives
// them their sums at its commit only: the writer's own reads of those are not verified.
class LogState : public FileState {
 public:
  int read(void* data, int size, sqlite3_int64 offset) override {
    const int rc = FileState::read(data, size, offset);
    if (rc != SQLITE_OK || !is_frame_page(size, offset) || frame_at(offset) >= unsummed_) return rc;
    return verify({static_cast<const std::byte*>(data), static_cast<std::size_t>(size)}, frame_at(offset));
  }

  int write(const void* data, int size, sqlite3_int64 offset) override {
    const int rc = FileState::write(data, size, offset);
    if (rc == SQLITE_OK) follow(static_cast<const std::byte*>(data), size, offset);
    return rc;
  }

 private:
  static constexpr sqlite3_int64 kNone = std::numeric_limits<sqlite3_int64>::max();
  static constexpr sqlite3_int64 kHeader = kFrameHeaderBytes;

  static sqlite3_int64 frame_at(sqlite3_int64 page_offset) { return page_offset - kHeader; }
  static bool is_frame_page(int size, sqlite3_int64 offset) {
    const sqlite3_int64 first = kLogHeaderBytes + kFrameHeaderBytes;
    return size >= 512 && (size & (size - 1)) == 0 && offset >= first &&
           (offset - first) % (kHeader + size) == 0;
  }

  void follow(const std::byte* data, int size, sqlite3_int64 offset) {
    if (offset == 0) {  // a new log
      unsummed_ = kNone;
      header_at_ = -1;
    } else if (size == kHeader) {
      header_at_ = offset;
      const bool summed = std::any_of(data + 8, data + kHeader, [](std::byte b) { return b != std::byte{}; });
      if (!summed)
        unsummed_ = std::min(unsummed_, offset);
      else if (offset == unsummed_)  // the sums are made in the order of the frames
        unsummed_ = frame_bytes_ > 0 && offset + frame_bytes_ < end_ ? offset + frame_bytes_ : kNone;
    } else if (is_frame_page(size, offset)) {
      frame_bytes_ = kHeader + size;
      if (frame_at(offset) != header_at_) unsummed_ = std::min(unsummed_, frame_at(offset));
      header_at_ = -1;
    }
    end_ = std::max(end_, offset + size);
  }

  int verify(std::span<const std::byte> page, sqlite3_int64 frame) {
    const auto frame_bytes = kHeader + static_cast<sqlite3_int64>(page.size());
    const bool first = frame == static_cast<sqlite3_int64>(kLogHeaderBytes);
    const sqlite3_int64 before =
        first ? kLogHeaderSumAt : frame - frame_bytes + static_cast<sqlite3_int64>(kFrameSumAt);
    std::array<std::byte, 8> sum;
    std::array<std::byte, kFrameHeaderBytes> header;
    if (const int rc = FileState::read(sum.data(), sum.size(), before); rc != SQLITE_OK) return rc;
    if (const int rc = FileState::read(header.data(), header.size(), frame); rc != SQLITE_OK) return rc;
    if (frame_sum(LogSum::stored(sum.data()), header, page) == LogSum::stored(&header[kFrameSumAt]))
      return SQLITE_OK;
    last_mismatch = "page " + std::to_string(big_endian(header.data())) +
                    " in the log does not have its checksum (frame " +
                    std::to_string((frame - static_cast<sqlite3_int64>(kLogHeaderBytes)) / frame_bytes + 1) +
                    ")";
    return SQLITE_IOERR_DATA;
  }

  sqlite3_int64 unsummed_ = kNone;  // frames from this offset on
  sqlite3_int64 header_at_ = -1;    // of the frame whose page comes next
  sqlite3_int64 end_ = 0;
  sqlite3_int64 frame_bytes_ = 0;
};

struct LayerFile {
  sqlite3_file base;
  FileState* state;
};
FileState& state_of(sqlite3_file* file) { return *reinterpret_cast<LayerFile*>(file)->state; }
sqlite3_file* real(sqlite3_file* file) { return state_of(file).real(); }
const sqlite3_io_methods& methods(sqlite3_file* file) { return *real(file)->pMethods; }

template <class Work>
int without_exceptions(Work work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return SQLITE_IOERR_NOMEM;
  }
}

int close_file(sqlite3_file* file) {
  const int rc = methods(file).xClose(real(file));
  delete reinterpret_cast<LayerFile*>(file)->state;
  reinterpret_cast<LayerFile*>(file)->state = nullptr;
  return rc;
}

const sqlite3_io_methods kMethods = {
    2,  // without xFetch: no memory maps
    close_file,
    [](sqlite3_file* f, void* data, int size, sqlite3_int64 offset) {
      return without_exceptions([&] { return state_of(f).read(data, size, offset); });
    },
    [](sqlite3_file* f, const void* data, int size, sqlite3_int64 offset) {
      return without_exceptions([&] { return state_of(f).write(data, size, offset); });
    },
    [](sqlite3_file* f, sqlite3_int64 size) { return methods(f).xTruncate(real(f), size); },
    [](sqlite3_file* f, int flags) { return methods(f).xSync(real(f), flags); },
    [](sqlite3_file* f, sqlite3_int64* size) { return methods(f).xFileSize(real(f), size); },
    [](sqlite3_file* f, int lock) { return methods(f).xLock(real(f), lock); },
    [](sqlite3_file* f, int lock) { return methods(f).xUnlock(real(f), lock); },
    [](sqlite3_file* f, int* reserved) { return methods(f).xCheckReservedLock(real(f), reserved); },
    [](sqlite3_file* f, int op, void* argument) {
      if (op != kIgnoreSeals) return methods(f).xFileControl(real(f), op, argument);
      state_of(f).ignores_seals = true;
      return SQLITE_OK;
    },
    [](sqlite3_file* f) { return methods(f).xSectorSize(real(f)); },
    [](sqlite3_file* f) { return methods(f).xDeviceCharacteristics(real(f)); },
    [](sqlite3_file* f, int page, int size, int extend, void volatile** memory) {
      return methods(f).xShmMap(real(f), page, size, extend, memory);
    },
    [](sqlite3_file* f, int offset, int n, int flags) {
      return methods(f).xShmLock(real(f), offset, n, flags);
    },
    [](sqlite3_file* f) { methods(f).xShmBarrier(real(f)); },
    [](sqlite3_file* f, int erase) { return methods(f).xShmUnmap(real(f), erase); },
    nullptr,
    nullptr};

std::unique_ptr<FileState> new_state(int flags) {
  if ((flags & SQLITE_OPEN_MAIN_DB) != 0) return std::make_unique<DatabaseState>();
  if ((flags & SQLITE_OPEN_WAL) != 0) return std::make_unique<LogState>();
  return std::make_unique<FileState>();
}

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto& layer = *reinterpret_cast<LayerFile*>(file);
  layer.base.pMethods = nullptr;
  return without_exceptions([&] {
    std::unique_ptr<FileState> state = new_state(flags);
    state->memory = std::make_unique<std::byte[]>(static_cast<std::size_t>(below()->szOsFile));
    const int rc = below()->xOpen(below(), name, state->real(), flags, out_flags);
    if (rc != SQLITE_OK) {
      if (state->real()->pMethods != nullptr) state->real()->pMethods->xClose(state->real());
      return rc;
    }
    layer.state = state.release();
    layer.base.pMethods = &kMethods;
    return SQLITE_OK;
  });
}

sqlite3_vfs layer_above(const sqlite3_vfs& base) {
  sqlite3_vfs vfs = base;  // with its limits
  vfs.iVersion = 2;
  vfs.szOsFile = sizeof(LayerFile);
  vfs.pNext = nullptr;
  vfs.zName = "rappel-checked";
  vfs.pAppData = nullptr;
  vfs.xOpen = open_file;
  vfs.xDelete = [](sqlite3_vfs*, const char* name, int sync) {
    return below()->xDelete(below(), name, sync);
  };
  vfs.xAccess = [](sqlite3_vfs*, const char* name, int flags, int* out) {
    return below()->xAccess(below(), name, flags, out);
  };
  vfs.xFullPathname = [](sqlite3_vfs*, const char* name, int size, char* out) {
    return below()->xFullPathname(below(), name, size, out);
  };
  vfs.xRandomness = [](sqlite3_vfs*, int size, char* out) {
    return below()->xRandomness(below(), size, out);
  };
  vfs.xSleep = [](sqlite3_vfs*, int microseconds) { return below()->xSleep(below(), microseconds); };
  vfs.xCurrentTime = [](sqlite3_vfs*, double* out) { return below()->xCurrentTime(below(), out); };
  vfs.xGetLastError = [](sqlite3_vfs*, int size, char* out) {
    return below()->xGetLastError(below(), size, out);
  };
  vfs.xCurrentTimeInt64 = [](sqlite3_vfs*, sqlite3_int64* out) {
    return below()->xCurrentTimeInt64(below(), out);
  };
  return vfs;
}

}  // namespace

const char* checked_vfs() {
  static const char* const name = []() -> const char* {
    if (sqlite3_initialize() != SQLITE_OK || below() == nullptr) return nullptr;
    static sqlite3_vfs vfs = layer_above(*below());
    return sqlite3_vfs_register(&vfs, 0) == SQLITE_OK ? vfs.zName : nullptr;
  }();
  return name;
}

// Either sign is enough, so that no single damage of the header switches the seals off.
bool is_sealed(std::span<const std::byte> header) {
  constexpr char kMagic[] = "SQLite format 3";
  constexpr std::size_t kReservedAt = 20, kVersionAt = 60, kApplicationAt = 68;
  if (header.size() < kDatabaseHeaderBytes || std::memcmp(header.data(), kMagic, sizeof kMagic) != 0)
    return false;
  return std::to_integer<int>(header[kReservedAt]) == kSealBytes ||
         (big_endian(&header[kApplicationAt]) == kApplicationId &&
          big_endian(&header[kVersionAt]) >= kFirstSealedVersion);
}

std::string take_last_mismatch() { return std::exchange(last_mismatch, {}); }

}  // namespace rappel::sqlite
