#include "base/os/folder_watch.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <system_error>
#include <thread>
#include <tuple>
#include <utility>

namespace rappel {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kStep(100);  // between two looks at the stop token

struct Look {
  std::int64_t second = 0, nanosecond = 0, size = 0;
  std::uint64_t inode = 0;
  bool operator==(const Look&) const = default;
};
using Looks = std::map<std::string, Look>;

Look look_at(const fs::path& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return {};
#ifdef __APPLE__
  const timespec time = info.st_mtimespec;
#else
  const timespec time = info.st_mtim;
#endif
  // The time of a folder changes with its entries, which speak for themselves.
  if (S_ISDIR(info.st_mode)) return {0, 0, 0, info.st_ino};
  return {time.tv_sec, time.tv_nsec, info.st_size, info.st_ino};
}

void look_through(const fs::path& folder, Looks& looks) {
  std::error_code error;
  fs::recursive_directory_iterator it(folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    const std::string name = it->path().filename().string();
    std::error_code ignored;
    if (name.starts_with('.') && it->is_directory(ignored)) it.disable_recursion_pending();
    looks.emplace(it->path().string(), look_at(it->path()));
  }
}

class Polling final : public ChangeSource {
 public:
  Polling(std::vector<fs::path> folders, milliseconds pause)
      : folders_(std::move(folders)), pause_(pause), looks_(folders_.size()) {
    for (std::size_t i = 0; i < folders_.size(); ++i) look_through(folders_[i], looks_[i]);
  }
  const char* method() const override { return "polling"; }
  void collect(milliseconds most, FolderChanges& changes) override {
    std::this_thread::sleep_for(most);
    if (Clock::now() - last_ < pause_) return;
    for (std::size_t i = 0; i < folders_.size(); ++i) compare(folders_[i], looks_[i], changes);
    last_ = Clock::now();
  }

 private:
  static void compare(const fs::path& folder, Looks& looks, FolderChanges& changes) {
    Looks now;
    look_through(folder, now);
    for (const auto& [path, look] : now) {
      const auto before = looks.find(path);
      if (before == looks.end() || !(before->second == look)) changes.paths.insert(path);
    }
    if (now.empty() && looks.size() > 1) {
      changes.all = true;  // its disk may have been unmounted
    } else {
      for (const auto& [path, look] : looks)
        if (!now.contains(path)) changes.paths.insert(path), changes.gone.insert(path);
    }
    looks = std::move(now);
  }

  const std::vector<fs::path> folders_;
  const milliseconds pause_;
  std::vector<Looks> looks_;  // of each folder
  Clock::time_point last_ = Clock::now();
};

}  // namespace

bool FolderChanges::concern(const fs::path& path) const {
  if (all) return true;
  for (fs::path at = path; !at.empty(); at = at.parent_path()) {
    if (paths.contains(at)) return true;
    if (at == at.parent_path()) return false;
  }
  return false;
}

void FolderChanges::add(FolderChanges more) {
  paths.merge(more.paths);
  gone.merge(more.gone);
  all = all || more.all;
}

FolderWatch::FolderWatch(std::vector<fs::path> folders, Pace pace, std::unique_ptr<ChangeSource> source)
    : folders_(std::move(folders)), pace_(pace), source_(std::move(source)) {}

// A change that is missed until polling begins is one of everything.
void FolderWatch::collect(milliseconds most, FolderChanges& changes) {
  source_->collect(most, changes);
  if (source_->complete()) return;
  source_ = std::make_unique<Polling>(folders_, pace_.poll);
  changes.all = true;
}

FolderChanges FolderWatch::wait(const std::stop_token& stop) {
  FolderChanges changes;
  while (changes.empty()) {
    if (stop.stop_requested()) return {};
    collect(kStep, changes);
  }
  const auto first = Clock::now();
  auto last = first;
  while (Clock::now() - last < pace_.quiet && Clock::now() - first < pace_.longest) {
    if (stop.stop_requested()) return {};
    FolderChanges more;
    collect(std::min(kStep, pace_.quiet), more);
    if (more.empty()) continue;
    last = Clock::now();
    changes.add(std::move(more));
  }
  return changes;
}

Result<std::unique_ptr<FolderWatch>> FolderWatch::open(std::vector<fs::path> folders, Pace pace) {
  for (const fs::path& folder : folders) {
    std::error_code error;
    if (!fs::is_directory(folder, error))
      return Status(Code::kNotFound, "cannot watch " + folder.string() + ": there is no such folder");
  }
  auto notifications = open_notifications(folders, pace.most_watches);
  if (notifications == nullptr) return open_polling(std::move(folders), pace);
  return std::unique_ptr<FolderWatch>(new FolderWatch(std::move(folders), pace, std::move(notifications)));
}

std::unique_ptr<FolderWatch> FolderWatch::open_polling(std::vector<fs::path> folders, Pace pace) {
  auto polling = std::make_unique<Polling>(folders, pace.poll);
  return std::unique_ptr<FolderWatch>(new FolderWatch(std::move(folders), pace, std::move(polling)));
}

}  // namespace rappel
