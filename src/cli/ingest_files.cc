#include "cli/ingest_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <system_error>

#include "base/os/file.h"
#include "base/timestamp.h"
#include "base/utf8.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxDepth = 64;

enum class Kind { kText, kManifest, kOther };

Kind kind_of(const fs::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (extension == ".txt" || extension == ".md" || extension == ".markdown") return Kind::kText;
  return extension == ".jsonl" ? Kind::kManifest : Kind::kOther;
}

class Finder {
 public:
  FoundFiles run(const std::vector<std::string>& paths) {
    for (const std::string& path : paths) named(path);
    const auto by_path = [](const FoundFile& a, const FoundFile& b) { return a.path < b.path; };
    std::sort(found_.manifests.begin(), found_.manifests.end(), by_path);
    std::sort(found_.texts.begin(), found_.texts.end(), by_path);
    return std::move(found_);
  }

 private:
  void problem(const fs::path& path, const std::string& what) {
    found_.problems.push_back(path.string() + ": " + what);
  }

  void named(const fs::path& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (fs::is_directory(status)) return folder(path, "", 0);
    if (!fs::is_regular_file(status))
      return problem(path, error && fs::exists(status) ? error.message() : "no such file or folder");
    if (kind_of(path) == Kind::kOther)
      return problem(path, "only .txt, .md, .markdown and .jsonl files can be ingested");
    add(path, path.filename().string());
  }

  void folder(const fs::path& path, const std::string& prefix, int depth) {
    if (depth > kMaxDepth) return problem(path, "folders are nested too deep");
    std::error_code error;
    fs::directory_iterator it(path, error);
    for (; !error && it != fs::directory_iterator(); it.increment(error)) entry(*it, prefix, depth);
    if (error) problem(path, error.message());
  }

  void entry(const fs::directory_entry& entry, const std::string& prefix, int depth) {
    const std::string filename = entry.path().filename().string();
    std::error_code error;
    if (filename.starts_with('.')) {
      ++found_.skipped["hidden"];
    } else if (entry.is_directory(error)) {
      if (entry.is_symlink(error))
        ++found_.skipped["links to folders"];
      else
        folder(entry.path(), prefix + filename + "/", depth + 1);
    } else if (!entry.is_regular_file(error)) {
      ++found_.skipped["not files"];
    } else if (kind_of(entry.path()) == Kind::kOther) {
      ++found_.skipped["of other types"];
    } else {
      add(entry.path(), prefix + filename);
    }
  }

  void add(const fs::path& path, std::string name) {
    std::error_code error;
    const std::uintmax_t bytes = fs::file_size(path, error);
    auto& list = kind_of(path) == Kind::kText ? found_.texts : found_.manifests;
    list.push_back({path, std::move(name), error ? 0 : static_cast<std::uint64_t>(bytes)});
  }

  FoundFiles found_;
};

}  // namespace

FoundFiles find_files(const std::vector<std::string>& paths) { return Finder().run(paths); }

std::string short_hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return fmt::format("{:016x}", hash);
}

Result<DocumentInput> describe_file(const FoundFile& file) {
  std::error_code error;
  const fs::path canonical = fs::canonical(file.path, error);
  const auto modified = error ? fs::file_time_type() : fs::last_write_time(canonical, error);
  if (error) return Status(Code::kNotFound, file.path.string() + ": cannot be read", error.message());
  const auto time = std::chrono::time_point_cast<std::chrono::system_clock::duration>(
      std::chrono::file_clock::to_sys(modified));
  DocumentInput document;
  document.id = file.path.filename().string() + "-" + short_hash(canonical.string());
  document.metadata.source = "file";
  document.metadata.source_id = file.name;
  document.metadata.filename = file.path.filename().string();
  document.metadata.filesize = static_cast<std::int64_t>(file.bytes);
  document.metadata.created_at = format_timestamp_utc(time);
  return document;
}

Result<std::string> read_text_file(const fs::path& path, std::size_t max_bytes) {
  RAPPEL_ASSIGN(std::string text, read_file(path, max_bytes));
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  if (!utf8_valid(text))
    return Status(Code::kInvalidArgument,
                  path.string() + ": is not UTF-8 text; convert it (for example with iconv)");
  return text;
}

}  // namespace rappel
