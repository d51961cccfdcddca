#include "ingest/source/walk.h"

#include <algorithm>
#include <set>
#include <system_error>
#include <utility>

#include "base/ascii.h"
#include "base/os/file.h"
#include "ingest/extract/extract.h"
#include "ingest/source/printable_name.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxDepth = 64;

bool is_manifest(const fs::path& path) { return lower_case(path.extension().string()) == ".jsonl"; }

std::string shown(const fs::path& path) { return printable_name(path.string()); }

bool lies_inside(const fs::path& path, const fs::path& folder) {
  const fs::path relative = path.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

class Walk {
 public:
  FoundFiles run(const std::vector<std::string>& paths) {
    for (const std::string& path : paths) named(path);
    const auto by_path = [](const auto& a, const auto& b) { return a.path < b.path; };
    std::sort(found_.manifests.begin(), found_.manifests.end(), by_path);
    std::sort(found_.texts.begin(), found_.texts.end(), by_path);
    std::sort(found_.skipped.begin(), found_.skipped.end(), [](const SkippedPath& a, const SkippedPath& b) {
      const bool a_hidden = a.kind == "hidden", b_hidden = b.kind == "hidden";
      return a_hidden != b_hidden ? b_hidden : a.path < b.path;
    });
    return std::move(found_);
  }

 private:
  struct Link {
    fs::path path;
    std::string name;
    int depth;
  };

  void problem(const fs::path& path, const std::string& cause) {
    found_.problems.push_back("cannot read " + shown(path) + ": " + cause);
  }
  void skip(const fs::path& path, const char* kind, const std::string& cause) {
    found_.skipped.push_back({path, kind, "cannot take " + shown(path) + ": " + cause});
  }

  void named(const fs::path& path) {
    std::error_code error;
    const fs::path real = fs::canonical(path, error);
    if (error)
      return problem(
          path, error == std::errc::no_such_file_or_directory ? "no such file or folder" : error.message());
    if (fs::is_directory(real, error)) {
      root_ = real;
      if (!taken_.insert(real).second) return;
      folder(path, "", 0);
      follow_links();
      return;
    }
    const Status usable = usable_file(path);
    if (!usable.ok()) return found_.problems.push_back(usable.message());
    if (taken_.insert(real).second) add(path, path.filename().string(), true);
  }

  // ok if the file is a manifest or of a type that can be read.
  Status usable_file(const fs::path& path) {
    auto start = read_file_start(path, kTypeBytes);
    if (!start.ok()) return start.status();
    if (is_manifest(path)) return {};
    return check_file_type(*start, {shown(path), "", ""});
  }

  void folder(const fs::path& path, const std::string& prefix, int depth) {
    if (depth > kMaxDepth) return problem(path, "folders are nested too deep");
    std::error_code error;
    std::vector<fs::directory_entry> entries;
    fs::directory_iterator it(path, error);
    for (; !error && it != fs::directory_iterator(); it.increment(error)) entries.push_back(*it);
    if (error) problem(path, error.message());
    std::sort(entries.begin(), entries.end());
    for (const fs::directory_entry& entry : entries) this->entry(entry.path(), prefix, depth);
  }

  void entry(const fs::path& path, const std::string& prefix, int depth) {
    const std::string filename = path.filename().string();
    std::error_code error;
    if (filename.starts_with('.')) return skip(path, "hidden", "its name begins with a dot");
    // Links come after everything else, so that a file is taken under its own name where it has one here.
    if (fs::is_symlink(path, error)) return links_.push_back({path, prefix + filename, depth});
    take(path, prefix + filename, depth);
  }

  void take(const fs::path& path, const std::string& name, int depth) {
    std::error_code error;
    const fs::path real = fs::canonical(path, error);
    if (error) return skip(path, "unreadable", error.message());
    if (!taken_.insert(real).second) return;
    if (fs::is_directory(real, error)) return folder(path, name + "/", depth + 1);
    if (const char* special = special_file_kind(real); *special != '\0')
      return skip(path, "not a file", std::string("it is a ") + special);
    const Status usable = usable_file(path);
    if (usable.ok()) return add(path, name, false);
    if (usable.code() == Code::kUnsupported)
      return found_.skipped.push_back({path, "other type", usable.message()});
    found_.problems.push_back(usable.message());
  }

  // Links may lead to further links.
  void follow_links() {
    while (!links_.empty()) {
      const std::vector<Link> links = std::exchange(links_, {});
      for (const Link& link : links) {
        std::error_code error;
        const fs::path target = fs::canonical(link.path, error);
        if (error)
          skip(link.path, "broken link", error.message());
        else if (!lies_inside(target, root_))
          skip(link.path, "link out of the folder",
               "it is a link to " + shown(target) + ", outside the folder " + shown(root_) +
                   "; name that path to ingest it");
        else if (taken_.contains(target))
          skip(link.path, "link to what is taken already", "it is a link to " + shown(target));
        else
          take(link.path, link.name, link.depth);
      }
    }
  }

  void add(const fs::path& path, const std::string& name, bool named) {
    std::error_code error;
    const std::uintmax_t bytes = fs::file_size(path, error);
    auto& list = is_manifest(path) ? found_.manifests : found_.texts;
    list.push_back({path, printable_name(name), error ? 0 : static_cast<std::uint64_t>(bytes), named});
  }

  fs::path root_;             // of the named folder, links resolved
  std::set<fs::path> taken_;  // files and folders, links resolved
  std::vector<Link> links_;   // found and not yet looked at
  FoundFiles found_;
};

}  // namespace

FoundFiles find_files(const std::vector<std::string>& paths) { return Walk().run(paths); }

}  // namespace rappel
