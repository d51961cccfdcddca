#include "ingest/extract/child_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <map>
#include <mutex>
#include <thread>

#include "base/os/child.h"
#include "base/os/process.h"
#include "codec/sha256.h"
#include "ingest/content/wire.h"
#include "ingest/extract/extract.h"

namespace rappel {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kWallTime = std::chrono::seconds(60);
constexpr int kDepth = 3;  // of files in files

// Lets one child run per CPU.
class Seats {
 public:
  // False: cancelled.
  bool take(const std::stop_token& cancel) {
    std::unique_lock lock(mutex_);
    while (free_ == 0) {
      if (cancel.stop_requested()) return false;
      given_back_.wait_for(lock, std::chrono::milliseconds(50));
    }
    --free_;
    return true;
  }
  void give_back() {
    const std::lock_guard lock(mutex_);
    ++free_;
    given_back_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable given_back_;
  unsigned free_ = std::max(1u, std::thread::hardware_concurrency());
};

// Files that have killed children, by hash.
class Killers {
 public:
  // The reason if it is refused.
  std::optional<std::string> refused(const std::string& hash) {
    const std::lock_guard lock(mutex_);
    const auto found = killers_.find(hash);
    if (found == killers_.end() || found->second.deaths < 2) return std::nullopt;
    return found->second.reason;
  }
  void add(const std::string& hash, const std::string& reason) {
    const std::lock_guard lock(mutex_);
    if (killers_.size() >= kMost) killers_.clear();
    Killer& killer = killers_[hash];
    ++killer.deaths;
    killer.reason = reason;
  }

 private:
  static constexpr std::size_t kMost = 10'000;
  struct Killer {
    int deaths = 0;
    std::string reason;
  };
  std::mutex mutex_;
  std::map<std::string, Killer> killers_;
};

Seats seats;
Killers killers;

class Seat {
 public:
  explicit Seat(const std::stop_token& cancel) : taken_(seats.take(cancel)) {}
  ~Seat() {
    if (taken_) seats.give_back();
  }
  Seat(const Seat&) = delete;
  bool taken() const { return taken_; }

 private:
  const bool taken_;
};

Status cancelled() { return Status(Code::kCancelled, "reading the file was cancelled"); }

// A child that ended without an outcome.
std::string death_of(const ChildEnd& end) {
  switch (end.code - 128) {
    case SIGXCPU:
    case SIGKILL: return "reading it takes too long";
    case SIGSEGV:
    case SIGBUS:
    case SIGABRT:
    case SIGILL:
    case SIGFPE: return fmt::format("the reader crashed (signal {})", end.code - 128);
    default: return fmt::format("the reader ended with code {}", end.code);
  }
}

struct Exchange {
  std::optional<std::string> incomplete;
  bool killed = false;  // the file's fault
};

// One run of the program. Partial content stays in `content`.
Result<Exchange> exchange(std::string_view bytes, const FileHint& hint, const std::string& password,
                          const std::stop_token& cancel, CollectedContent& content) {
  ContentParser parser(content);
  Status parsed;
  std::stop_source stop;
  const auto deadline = Clock::now() + kWallTime;
  bool late = false;
  ChildCommand command{{extract_program().string()},
                       {{"RAPPEL_FILE_NAME", hint.name},
                        {"RAPPEL_FILE_TYPE", hint.media_type},
                        {"RAPPEL_FILE_CHARSET", hint.charset},
                        {"RAPPEL_FILE_PASSWORD", password}},
                       bytes,
                       [&] {
                         late = late || Clock::now() > deadline;
                         if (late || cancel.stop_requested()) stop.request_stop();
                       }};
  const auto hear = [&](std::string_view part) {
    if (parsed.ok()) parsed = parser.add(part);
    if (!parsed.ok()) stop.request_stop();
  };
  const auto end = run_child(command, hear, stop.get_token());
  if (cancel.stop_requested()) return cancelled();
  if (late) return Exchange{fmt::format("reading it takes more than {} s", kWallTime.count()), true};
  if (parsed.code() == Code::kResourceExhausted) return Exchange{parsed.message()};
  if (!parsed.ok()) return Exchange{parsed.message(), true};
  if (!end.ok())
    return Status(Code::kFailedPrecondition,
                  "the program rappel-extract, which reads this type of file, is missing or cannot be "
                  "started; install it beside rappel",
                  end.status().to_string());
  const std::optional<Status>& outcome = parser.outcome();
  if (!outcome) return Exchange{death_of(*end), true};
  return outcome->ok() ? Exchange() : Exchange{outcome->message()};
}

Result<ExtractedDocument> extract_at_depth(std::string_view bytes, const FileHint& hint,
                                           const std::stop_token& cancel, int depth);

// The text of a file in a file; a warning where there is none.
void add_attachment(const Attachment& attachment, const std::stop_token& cancel, int depth,
                    ExtractedDocument& document) {
  const FileHint hint{attachment.name, attachment.media_type, ""};
  const FileType type = detect_file_type(attachment.bytes, hint);
  const auto left_out = [&](const std::string& reason) {
    document.warnings.push_back(fmt::format("{} in it was left out: {}", attachment.name, reason));
  };
  if (type.read == nullptr) return left_out("it is " + type.what);
  if (depth >= kDepth) return left_out("files are nested too deep");
  auto inner = type.read == extract_in_child ? extract_at_depth(attachment.bytes, hint, cancel, depth + 1)
                                             : type.read(attachment.bytes, hint, cancel);
  if (!inner.ok()) return left_out(inner.status().message());
  document.text += "\n" + inner->text;
  for (const std::string& warning : inner->warnings)
    document.warnings.push_back(attachment.name + ": " + warning);
}

Result<ExtractedDocument> extract_at_depth(std::string_view bytes, const FileHint& hint,
                                           const std::stop_token& cancel, int depth) {
  RAPPEL_ASSIGN(ReadContent read, read_in_child(bytes, hint, "", cancel));
  ExtractedDocument document{text_of(read.content), {}, {}, {}};
  document.properties = std::move(read.content.properties);
  document.warnings = std::move(read.content.warnings);
  if (read.incomplete) document.warnings.push_back("it is not read to its end: " + *read.incomplete);
  for (const Attachment& attachment : read.content.attachments) {
    if (cancel.stop_requested()) return cancelled();
    add_attachment(attachment, cancel, depth, document);
  }
  return document;
}

}  // namespace

std::filesystem::path extract_program() {
  if (const char* program = std::getenv("RAPPEL_EXTRACT"); program != nullptr && *program != '\0')
    return program;
  return own_program().parent_path() / "rappel-extract";
}

Result<ReadContent> read_in_child(std::string_view bytes, const FileHint& hint, const std::string& password,
                                  const std::stop_token& cancel) {
  const std::string hash = sha256_hex(bytes);
  const std::string name = hint.name.empty() ? "the file" : hint.name;
  if (const auto reason = killers.refused(hash))
    return Status(Code::kInvalidArgument,
                  fmt::format("cannot read {}: {}, twice; it is not tried again", name, *reason));
  const Seat seat(cancel);
  if (!seat.taken()) return cancelled();
  ReadContent read;
  RAPPEL_ASSIGN(const Exchange done, exchange(bytes, hint, password, cancel, read.content));
  if (done.killed) killers.add(hash, *done.incomplete);
  if (done.incomplete && read.content.blocks.empty() && read.content.attachments.empty())
    return Status(Code::kInvalidArgument, fmt::format("cannot read {}: {}", name, *done.incomplete));
  read.incomplete = done.incomplete;
  return read;
}

Result<ExtractedDocument> extract_in_child(std::string_view content, const FileHint& hint,
                                           const std::stop_token& cancel) {
  return extract_at_depth(content, hint, cancel, 0);
}

}  // namespace rappel
