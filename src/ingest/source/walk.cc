#include "ingest/source/walk.h"

#include <algorithm>
#include <memory>
#include <system_error>
#include <unordered_set>
#include <utility>

#include "base/ascii.h"
#include "base/os/file.h"
#include "ingest/extract/extract.h"
#include "ingest/source/given_metadata.h"
#include "ingest/source/glob.h"
#include "ingest/source/ignore_rules.h"
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

bool is_left_out_by_rule(const SkippedPath& skipped) {
  return skipped.kind == "hidden" || skipped.kind == "ignored";
}

// "docs/*/x.md" -> "docs" and "*/x.md".
std::pair<fs::path, std::string> split_glob(const std::string& path) {
  const std::size_t slash = path.rfind('/', glob_literal_prefix(path));
  if (slash == std::string::npos) return {".", path};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

class Walk {
 public:
  explicit Walk(const WalkOptions& options) : options_(options) {
    for (const std::string& line : options.exclude) excluded_.add(line);
  }

  FoundFiles run(const std::vector<std::string>& paths) {
    for (const std::string& path : paths) named(path);
    const auto by_path = [](const auto& a, const auto& b) { return a.path < b.path; };
    std::sort(found_.manifests.begin(), found_.manifests.end(), by_path);
    std::sort(found_.texts.begin(), found_.texts.end(), by_path);
    std::sort(found_.skipped.begin(), found_.skipped.end(), [](const SkippedPath& a, const SkippedPath& b) {
      const bool a_last = is_left_out_by_rule(a), b_last = is_left_out_by_rule(b);
      return a_last != b_last ? b_last : a.path < b.path;
    });
    return std::move(found_);
  }

 private:
  // Known of a folder when its entries are looked at.
  struct Place {
    std::string prefix;  // of the names in it: "a/b/"
    int depth = 0;
    std::shared_ptr<const IgnoreChain> rules;
    bool matched = true;  // false: only what matches glob_ is taken
  };
  struct Link {
    fs::path path;
    std::string name;
    Place place;
  };

  void problem(const fs::path& path, const std::string& cause) {
    found_.problems.push_back("cannot read " + shown(path) + ": " + cause);
  }
  void skip(const fs::path& path, const char* kind, const std::string& cause) {
    found_.skipped.push_back({path, kind, "cannot take " + shown(path) + ": " + cause});
  }

  void named(const std::string& text) {
    if (text == "-" && options_.standard_input >= 0) return standard_input();
    const fs::path path = text;
    std::error_code error;
    const fs::path real = fs::canonical(path, error);
    if (error == std::errc::no_such_file_or_directory && is_glob(text)) return glob(text);
    if (error)
      return problem(
          path, error == std::errc::no_such_file_or_directory ? "no such file or folder" : error.message());
    if (fs::is_directory(real, error)) return named_folder(path, real, true);
    if (excluded_.verdict(path.filename().string(), false) == IgnoreRules::Verdict::kIgnored)
      return skip(path, "ignored", "--exclude leaves it out");
    const Status usable = usable_file(path);
    if (!usable.ok()) return found_.problems.push_back(usable.message());
    if (first_time(real)) add(path, path.filename().string(), true);
  }

  void named_folder(const fs::path& path, const fs::path& real, bool whole) {
    root_ = real;
    if (whole && !first_time(real)) return;
    found_.folders.push_back(real);
    folder(path, {.prefix = "", .depth = 0, .rules = nullptr, .matched = whole});
    follow_links();
  }

  void glob(const std::string& text) {
    const auto [base, pattern] = split_glob(text);
    std::error_code error;
    const fs::path real = fs::canonical(base, error);
    if (error || !fs::is_directory(real, error)) return problem(text, "no such file or folder");
    glob_ = pattern;
    glob_matched_ = false;
    named_folder(base, real, false);
    if (!glob_matched_) problem(text, "no file matches");
  }

  void standard_input() {
    const std::string& name = options_.standard_input_name;
    auto& list = is_manifest(name) ? found_.manifests : found_.texts;
    list.push_back(
        {.path = "-", .name = printable_name(name), .named = true, .stream = options_.standard_input});
  }

  bool first_time(const fs::path& real) { return taken_.insert(real.string()).second; }

  // ok if the file is a manifest or of a type that can be read.
  Status usable_file(const fs::path& path) {
    auto start = read_file_start(path, kTypeBytes);
    if (!start.ok()) return start.status();
    if (is_manifest(path)) return {};
    return check_file_type(*start, {shown(path), "", ""}, options_.reading);
  }

  void folder(const fs::path& path, Place place) {
    if (place.depth > kMaxDepth) return problem(path, "folders are nested too deep");
    read_rules(path, place);
    std::error_code error;
    std::vector<fs::path> entries;
    fs::directory_iterator it(path, error);
    for (; !error && it != fs::directory_iterator(); it.increment(error)) entries.push_back(it->path());
    if (error) problem(path, error.message());
    std::sort(entries.begin(), entries.end());
    for (const fs::path& entry : entries) this->entry(entry, place);
  }

  // Adds the rules of a folder to those that hold in it.
  void read_rules(const fs::path& path, Place& place) {
    if (!options_.ignore_files) return;
    for (const char* name : {".gitignore", ".rappelignore"}) {
      std::error_code error;
      if (fs::symlink_status(path / name, error).type() != fs::file_type::regular) continue;
      const auto text = read_file(path / name, IgnoreRules::kMaxBytes);
      if (!text.ok()) {
        found_.problems.push_back(text.status().to_string());
        continue;
      }
      IgnoreRules rules = IgnoreRules::parse(*text);
      if (rules.empty()) continue;
      place.rules = std::make_shared<IgnoreChain>(
          IgnoreChain{std::move(place.rules), place.prefix.size(), std::move(rules)});
    }
  }

  bool left_out(const fs::path& path, const std::string& name, const Place& place, bool is_folder) {
    const auto verdict = excluded_.verdict(name, is_folder);
    if (verdict == IgnoreRules::Verdict::kIgnored) {
      skip(path, "ignored", "--exclude leaves it out");
      return true;
    }
    if (verdict == IgnoreRules::Verdict::kKept || !is_ignored(place.rules.get(), name, is_folder))
      return false;
    skip(path, "ignored", "an ignore file leaves it out");
    return true;
  }

  void entry(const fs::path& path, const Place& place) {
    const std::string filename = path.filename().string(), name = place.prefix + filename;
    std::error_code error;
    if (filename.starts_with('.')) {
      if (place.matched) skip(path, "hidden", "its name begins with a dot");
      return;
    }
    if (is_sidecar(path)) return;
    const fs::file_type type = fs::symlink_status(path, error).type();
    if (left_out(path, name, place, type == fs::file_type::directory)) return;
    // Links come after everything else, so that a file is taken under its own name where it has one here.
    if (type == fs::file_type::symlink) return links_.push_back({path, name, place});
    take(path, name, place);
  }

  void take(const fs::path& path, const std::string& name, const Place& place) {
    std::error_code error;
    const bool matched = place.matched || glob_matches(glob_, name);
    const fs::path real = fs::canonical(path, error);
    if (error) return matched ? skip(path, "unreadable", error.message()) : void();
    glob_matched_ = glob_matched_ || matched;
    if (fs::is_directory(real, error))
      return enter(path, real, {name + "/", place.depth + 1, place.rules, matched});
    if (!matched || !first_time(real)) return;
    if (options_.wanted && !options_.wanted(real) && !options_.wanted(root_ / name)) return;
    if (const char* special = special_file_kind(real); *special != '\0')
      return skip(path, "not a file", std::string("it is a ") + special);
    const Status usable = usable_file(path);
    if (usable.ok()) return add(path, name, false);
    if (usable.code() == Code::kUnsupported)
      return found_.skipped.push_back({path, "other type", usable.message()});
    found_.problems.push_back(usable.message());
  }

  void enter(const fs::path& path, const fs::path& real, Place place) {
    if (place.matched && !first_time(real)) return;
    if (!place.matched && !may_match_below(place.depth)) return;
    folder(path, std::move(place));
  }

  bool may_match_below(int depth) const {
    return glob_.find("**") != std::string::npos || std::count(glob_.begin(), glob_.end(), '/') >= depth;
  }

  // Links may lead to further links.
  void follow_links() {
    while (!links_.empty()) {
      const std::vector<Link> links = std::exchange(links_, {});
      for (const Link& link : links) follow(link);
    }
  }

  void follow(const Link& link) {
    // A glob enters no linked folder on the search for files that match: a circle of links has no end.
    if (!link.place.matched && !glob_matches(glob_, link.name)) return;
    std::error_code error;
    const fs::path target = fs::canonical(link.path, error);
    if (error)
      skip(link.path, "broken link", error.message());
    else if (!lies_inside(target, root_))
      skip(link.path, "link out of the folder",
           "it is a link to " + shown(target) + ", outside the folder " + shown(root_) +
               "; name that path to ingest it");
    else if (taken_.contains(target.string()))
      skip(link.path, "link to what is taken already", "it is a link to " + shown(target));
    else
      take(link.path, link.name, link.place);
  }

  void add(const fs::path& path, const std::string& name, bool named) {
    std::error_code error;
    const std::uintmax_t bytes = fs::file_size(path, error);
    auto& list = is_manifest(path) ? found_.manifests : found_.texts;
    list.push_back({.path = path,
                    .name = printable_name(name),
                    .bytes = error ? 0 : static_cast<std::uint64_t>(bytes),
                    .named = named});
  }

  const WalkOptions& options_;
  IgnoreRules excluded_;
  fs::path root_;     // of the named folder, links resolved
  std::string glob_;  // below root_
  bool glob_matched_ = false;
  std::unordered_set<std::string> taken_;  // files and folders, links resolved
  std::vector<Link> links_;                // found and not yet looked at
  FoundFiles found_;
};

}  // namespace

FoundFiles find_files(const std::vector<std::string>& paths, const WalkOptions& options) {
  return Walk(options).run(paths);
}

}  // namespace rappel
