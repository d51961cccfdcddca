// A VFS of a test as the default one: databases that are opened meanwhile lie on it.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

namespace rappel {

class TestDefaultVfs {
 public:
  using Open = decltype(sqlite3_vfs::xOpen);

  // `open` is called instead of the base's; `more_bytes` of each file are its own.
  TestDefaultVfs(const char* name, Open open, int more_bytes = 0)
      : base_(sqlite3_vfs_find(nullptr)), vfs_(*base_) {
    vfs_.zName = name;
    vfs_.szOsFile += more_bytes;
    vfs_.xOpen = open;
    EXPECT_EQ(sqlite3_vfs_register(&vfs_, 1), SQLITE_OK);
  }
  TestDefaultVfs(const TestDefaultVfs&) = delete;
  TestDefaultVfs& operator=(const TestDefaultVfs&) = delete;
  ~TestDefaultVfs() {
    sqlite3_vfs_unregister(&vfs_);
    sqlite3_vfs_register(base_, 1);  // else the store's own layer could become the default
  }

 private:
  sqlite3_vfs* const base_;
  sqlite3_vfs vfs_;
};

}  // namespace rappel
