// Notifications by inotify.
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "base/os/fd.h"
#include "base/os/folder_watch.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                  IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;
constexpr std::uint32_t kHow = IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK;

class Inotify final : public ChangeSource {
 public:
  Inotify(std::vector<fs::path> folders, std::size_t most_watches)
      : folders_(std::move(folders)),
        most_watches_(most_watches),
        fd_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}
  const char* method() const override { return "inotify"; }
  bool complete() const override { return complete_; }

  // False: there are no more watches.
  bool begin() {
    if (fd_.get() < 0) return false;
    for (const fs::path& folder : folders_) add(folder);
    return complete_;
  }

  void collect(std::chrono::milliseconds most, FolderChanges& changes) override {
    pollfd ready{fd_.get(), POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(most.count())) <= 0) return;
    alignas(inotify_event) char buffer[1 << 16];
    for (;;) {
      const ssize_t n = ::read(fd_.get(), buffer, sizeof buffer);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) break;
      for (ssize_t at = 0; at < n;) {
        inotify_event event{};
        std::memcpy(&event, buffer + at, sizeof event);
        const char* const name = event.len > 0 ? buffer + at + sizeof event : "";
        take(event, name, changes);
        at += static_cast<ssize_t>(sizeof event + event.len);
      }
    }
  }

 private:
  void take(const inotify_event& event, const char* name, FolderChanges& changes) {
    if (event.mask & (IN_Q_OVERFLOW | IN_UNMOUNT)) changes.all = true;
    if (event.mask & IN_Q_OVERFLOW) {
      for (const fs::path& folder : folders_) add(folder);  // folders that appeared meanwhile
      return;
    }
    const auto watched = paths_.find(event.wd);
    if (watched == paths_.end()) return;
    if (event.mask & IN_IGNORED) return void(paths_.erase(watched));
    if (event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) {
      if (is_named(watched->second)) changes.all = true;
      return;
    }
    const fs::path path = *name != '\0' ? watched->second / name : watched->second;
    if (event.mask & IN_ISDIR) {
      if (event.mask & IN_MOVED_FROM) forget(path);
      if (event.mask & (IN_CREATE | IN_MOVED_TO) && *name != '.') add(path);
      if (event.mask & IN_ATTRIB && *name == '\0') return;  // also said of its entry in the folder above
    }
    changes.paths.insert(path);
    if (event.mask & (IN_DELETE | IN_MOVED_FROM)) changes.gone.insert(path);
  }

  bool is_named(const fs::path& path) const {
    return std::find(folders_.begin(), folders_.end(), path) != folders_.end();
  }

  void add(const fs::path& folder) {
    const bool may_add = paths_.size() < most_watches_;
    const int watch =
        may_add ? ::inotify_add_watch(fd_.get(), folder.c_str(), kEvents | kHow) : (errno = ENOSPC, -1);
    if (watch < 0) {
      if (errno == ENOSPC || errno == ENOMEM) complete_ = false;
      return;  // it may be gone already
    }
    paths_[watch] = folder;
    std::error_code error;
    for (fs::directory_iterator it(folder, error); !error && it != fs::directory_iterator();
         it.increment(error)) {
      std::error_code ignored;
      if (it->symlink_status(ignored).type() == fs::file_type::directory &&
          !it->path().filename().string().starts_with('.'))
        add(it->path());
    }
  }

  // A folder that was moved away is not watched under its old name.
  void forget(const fs::path& folder) {
    const std::string prefix = folder.string() + "/";
    for (auto it = paths_.begin(); it != paths_.end();) {
      if (it->second == folder || it->second.string().starts_with(prefix)) {
        ::inotify_rm_watch(fd_.get(), it->first);
        it = paths_.erase(it);
      } else {
        ++it;
      }
    }
  }

  const std::vector<fs::path> folders_;
  const std::size_t most_watches_;
  const Fd fd_;
  std::unordered_map<int, fs::path> paths_;  // by watch
  bool complete_ = true;
};

}  // namespace

std::unique_ptr<ChangeSource> open_notifications(const std::vector<fs::path>& folders,
                                                 std::size_t most_watches) {
  auto watch = std::make_unique<Inotify>(folders, most_watches);
  if (!watch->begin()) return nullptr;
  return watch;
}

}  // namespace rappel
