// FolderWatch: which paths in some folders have changed, at any depth.
//
// Linux tells it through inotify; elsewhere, and where inotify has no more watches to give, the folders are
// looked through every two seconds. Changes that follow each other quickly come together. Hidden folders
// (".name") are not entered, and links are not followed. Changes before open() are not reported; what
// changed between two calls of wait() is.
//
// For one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
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

class FolderWatch {
 public:
  struct Pace {
    std::chrono::milliseconds quiet{500};      // without a change ends wait()
    std::chrono::milliseconds longest{10000};  // from the first change on
    std::chrono::milliseconds poll{2000};      // between two looks through the folders
  };

  // kNotFound, kUnavailable: a folder cannot be watched.
  static Result<std::unique_ptr<FolderWatch>> open(std::vector<std::filesystem::path> folders, Pace pace);
  static Result<std::unique_ptr<FolderWatch>> open(std::vector<std::filesystem::path> folders) {
    return open(std::move(folders), Pace());
  }
  // The same by looking through the folders, as systems without notifications do.
  static std::unique_ptr<FolderWatch> open_polling(std::vector<std::filesystem::path> folders, Pace pace);

  virtual ~FolderWatch() = default;
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  // Waits for changes. Empty: `stop` was requested.
  FolderChanges wait(const std::stop_token& stop);
  virtual const char* method() const = 0;  // "inotify", "polling"

 protected:
  explicit FolderWatch(Pace pace) : pace_(pace) {}
  // Adds what changed within the time, and returns soon after the first change.
  virtual void collect(std::chrono::milliseconds most, FolderChanges& changes) = 0;

  const Pace pace_;
};

// Notifications of this system; null if it has none to give. Only folder_watch.cc calls it.
std::unique_ptr<FolderWatch> open_notifications(const std::vector<std::filesystem::path>& folders,
                                                FolderWatch::Pace pace);

}  // namespace rappel
