#include "server/vector_stores/uploaded_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

#include "base/log.h"
#include "base/os/file.h"
#include "base/os/private_file.h"
#include "base/os/random.h"
#include "codec/json.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDescription = "file.json";

std::string file_text(const UploadedFile& file) {
  Json json{{"id", file.id},
            {"name", file.name},
            {"purpose", file.purpose},
            {"type", file.content_type},
            {"owner", file.owner},
            {"bytes", file.bytes},
            {"created_us", file.created_us}};
  if (file.expires_at) json["expires_at"] = *file.expires_at;
  return dump_json(json) + "\n";
}

Result<UploadedFile> parse_file(std::string_view text) {
  RAPPEL_ASSIGN(const Json json, parse_json(text));
  UploadedFile file;
  RAPPEL_ASSIGN(file.id, json_string(json, "id"));
  RAPPEL_ASSIGN(file.name, json_string(json, "name"));
  RAPPEL_ASSIGN(file.purpose, json_string(json, "purpose"));
  RAPPEL_ASSIGN(file.content_type, json_string(json, "type"));
  RAPPEL_ASSIGN(file.owner, json_string(json, "owner"));
  RAPPEL_ASSIGN(const long long bytes, json_integer(json, "bytes"));
  RAPPEL_ASSIGN(file.created_us, json_integer(json, "created_us"));
  file.bytes = static_cast<std::uint64_t>(bytes);
  if (json.contains("expires_at")) {
    RAPPEL_ASSIGN(file.expires_at, json_integer(json, "expires_at"));
  }
  return file;
}

}  // namespace

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

UploadedFiles::UploadedFiles(fs::path folder, Limits limits, Logger* logger)
    : folder_(std::move(folder)), limits_(limits), logger_(logger) {}

Status UploadedFiles::open() {
  RAPPEL_ASSIGN(lock_, take_private_folder(folder_, "the files of clients"));
  remove_unfinished_folders(folder_);
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_, error))
    if (entry.is_directory(error)) load(entry.path());
  remove_expired();
  return {};
}

void UploadedFiles::load(const fs::path& entry) {
  const auto text = read_file(entry / kDescription);
  auto file = text.ok() ? parse_file(*text) : Result<UploadedFile>(text.status());
  if (file.ok() && (*file).id != entry.filename().string())
    file = Status(Code::kCorrupt, "it names another file");
  if (!file.ok()) {
    if (logger_ != nullptr)
      logger_->error("cannot read the description of the file in {}: {}; restore it, or remove the folder",
                     entry.string(), file.status().to_string());
    return;
  }
  ++count_;
  bytes_ += (*file).bytes;
  last_us_ = std::max(last_us_, (*file).created_us);
  keep(*file);
}

Status UploadedFiles::reserve(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  if (count_ >= limits_.files)
    return Status(Code::kResourceExhausted,
                  fmt::format("the server keeps {} files, which is its limit; delete some first", count_));
  if (bytes > limits_.bytes - std::min(bytes_, limits_.bytes))
    return Status(Code::kResourceExhausted,
                  fmt::format("the server keeps at most {} MB of files (RAPPEL_FILES_MB) and has no room for "
                              "this one; delete some first",
                              limits_.bytes >> 20));
  ++count_;
  bytes_ += bytes;
  return {};
}

void UploadedFiles::give_back(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  --count_;
  bytes_ -= bytes;
}

Result<UploadedFile> UploadedFiles::add(UploadedFile file, std::string_view bytes,
                                        const std::function<void(std::string_view)>& passed) {
  remove_expired();
  file.bytes = bytes.size();
  RAPPEL_TRY(reserve(file.bytes));
  file.id = "file-" + random_hex(16);
  {
    const std::lock_guard lock(mutex_);
    file.created_us = last_us_ = std::max(now_us(), last_us_ + 1);
  }
  const Status made = make_whole_folder(folder_, file.id, [&](const fs::path& folder) -> Status {
    RAPPEL_TRY(write_private_file(folder / "content", bytes, passed));
    return write_private_file(folder / kDescription, file_text(file));
  });
  if (!made.ok()) {
    give_back(file.bytes);
    return made;
  }
  const std::lock_guard lock(mutex_);
  keep(file);
  return file;
}

std::optional<UploadedFile> UploadedFiles::find(std::string_view id) {
  remove_expired();
  const std::lock_guard lock(mutex_);
  const auto it = files_.find(id);
  return it == files_.end() ? std::nullopt : std::optional(it->second);
}

std::vector<UploadedFile> UploadedFiles::list() {
  remove_expired();
  std::vector<UploadedFile> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, file] : files_) all.push_back(file);
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.created_us < b.created_us; });
  return all;
}

bool UploadedFiles::remove(std::string_view id) {
  std::string known;
  {
    const std::lock_guard lock(mutex_);
    const auto it = files_.find(id);
    if (it == files_.end()) return false;
    known = it->first;
    --count_;
    bytes_ -= it->second.bytes;
    files_.erase(it);
  }
  remove_whole_folder(folder_, known);
  return true;
}

void UploadedFiles::keep(const UploadedFile& file) {
  if (file.expires_at) next_expiry_ = std::min(next_expiry_, *file.expires_at);
  files_.emplace(file.id, file);
}

std::vector<std::string> UploadedFiles::expired() {
  const std::int64_t now = now_us() / 1'000'000;
  std::vector<std::string> expired;
  const std::lock_guard lock(mutex_);
  if (now < next_expiry_) return expired;
  next_expiry_ = kNever;
  for (const auto& [id, file] : files_) {
    if (!file.expires_at) continue;
    if (*file.expires_at <= now)
      expired.push_back(id);
    else
      next_expiry_ = std::min(next_expiry_, *file.expires_at);
  }
  return expired;
}

void UploadedFiles::remove_expired() {
  for (const std::string& id : expired()) remove(id);
}

}  // namespace rappel
