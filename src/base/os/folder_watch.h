// FolderWatch: which paths in some folders have changed, at any depth.
//
// Linux tells it through inotify; elsewhere the folders are looked through every two seconds (polling). The
// same where inotify has no more watches to give, at the start or for a folder that appears later: then
// everything may have changed, and method() changes. Changes that follow each other quickly come together.
// Hidden folders
// (".name") are not entered, and links are not followed. Changes before open() are not reported; what changed
// between two calls of wait() is.
//
// For one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <stop_token>
#include <utility>
#include <vector>

#include "base/status.h"

namespace rappel {

struct FolderChanges {
  // Files and folders that are new, other or gone. Everything in a folder that is named may have changed.
  std::set<std::filesystem::path> paths;
  std::set<std::filesystem::path>
      gone;          // those of `paths` that were deleted or moved away, perhaps for a moment
  bool all = false;  // changes may have been missed: everything may have changed

  bool empty() const { return paths.empty() && !all; }
  // Whether the path, or a folder that holds it, has changed.
  bool concern(const std::filesystem::path& path) const;
  void add(FolderChanges more);
};

// Where the changes come from.
class ChangeSource {
 public:
  virtual ~ChangeSource() = default;
  // Adds what changed within the time, and returns soon after the first change.
  virtual void collect(std::chrono::milliseconds most, FolderChanges& changes) = 0;
  virtual const char* method() const = 0;
  // False: from now on it misses changes.
  virtual bool complete() const { return true; }
};

class FolderWatch {
 public:
  struct Pace {
    std::chrono::milliseconds quiet{500};      // without a change ends wait()
    std::chrono::milliseconds longest{10000};  // from the first change on
    std::chrono::milliseconds poll{2000};      // between two looks through the folders
    std::size_t most_watches = SIZE_MAX;       // of inotify, for tests: as if it had no more
  };

  // kNotFound, kUnavailable: a folder cannot be watched.
  static Result<std::unique_ptr<FolderWatch>> open(std::vector<std::filesystem::path> folders, Pace pace);
  static Result<std::unique_ptr<FolderWatch>> open(std::vector<std::filesystem::path> folders) {
    return open(std::move(folders), Pace());
  }
  // The same by looking through the folders, as systems without notifications do.
  static std::unique_ptr<FolderWatch> open_polling(std::vector<std::filesystem::path> folders, Pace pace);

  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  // Waits for changes. Empty: `stop` was requested.
  FolderChanges wait(const std::stop_token& stop);
  const char* method() const { return source_->method(); }  // "inotify", "polling"

 private:
  FolderWatch(std::vector<std::filesystem::path> folders, Pace pace, std::unique_ptr<ChangeSource> source);
  void collect(std::chrono::milliseconds most, FolderChanges& changes);

  const std::vector<std::filesystem::path> folders_;
  const Pace pace_;
  std::unique_ptr<ChangeSource> source_;
};

// Notifications of this system; null if it has none to give. Only folder_watch.cc calls it.
std::unique_ptr<ChangeSource> open_notifications(const std::vector<std::filesystem::path>& folders,
                                                 std::size_t most_watches);

}  // namespace rappel
