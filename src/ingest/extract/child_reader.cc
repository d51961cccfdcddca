#include "ingest/extract/child_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "base/os/child.h"
#include "base/os/process.h"
#include "codec/json.h"
#include "codec/sha256.h"
#include "ingest/content/wire.h"
#include "ingest/extract/extract.h"

namespace rappel {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kWallTime = std::chrono::seconds(60);
constexpr int kDepth = 3;           // of files in files
constexpr unsigned kMostSeats = 8;  // a file and those in it may take 200 MB of this process

// Lets one file per two CPUs be read at a time: the models want the others, and memory is short.
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
  unsigned free_ = std::clamp(std::thread::hardware_concurrency() / 2, 1u, kMostSeats);
};

// Files that have killed children, by hash.
class Killers {
 public:
  // The reason if it is refused.
  std::optional<std::string> refused(std::string_view bytes) {
    if (is_empty()) return std::nullopt;  // nearly always: then nothing is hashed
    const std::string hash = sha256_hex(bytes);
    const std::lock_guard lock(mutex_);
    const auto found = killers_.find(hash);
    if (found == killers_.end() || found->second.deaths < 2) return std::nullopt;
    return found->second.reason;
  }
  void add(std::string_view bytes, const std::string& reason) {
    std::string hash = sha256_hex(bytes);
    const std::lock_guard lock(mutex_);
    if (killers_.size() >= kMost) killers_.clear();
    Killer& killer = killers_[std::move(hash)];
    ++killer.deaths;
    killer.reason = reason;
  }

 private:
  static constexpr std::size_t kMost = 10'000;
  bool is_empty() {
    const std::lock_guard lock(mutex_);
    return killers_.empty();
  }

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

// The bounds that a file shares with those in it.
struct Allowance {
  ContentBounds left;

  void subtract(const CollectedContent& content) {
    for (const auto& [block, part] : content.blocks) left.text_bytes -= block.text.size();
    for (const Attachment& attachment : content.attachments) left.attachment_bytes -= attachment.bytes.size();
    left.attachments -= content.attachments.size();
  }
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
  std::optional<Status> failure;  // why the content is not complete
  bool killed = false;            // the file's fault
};

Status wrong_file(std::string reason) { return Status(Code::kInvalidArgument, std::move(reason)); }

Status not_started(const Status& cause) {
  return Status(Code::kFailedPrecondition,
                "the program rappel-extract, which reads this type of file, is missing or cannot be started; "
                "install it beside rappel",
                cause.to_string());
}

// One run of the program. Partial content stays in `content`.
Result<Exchange> exchange(std::string_view bytes, const FileHint& hint, const ReadCall& call,
                          CollectedContent& content) {
  ContentParser parser(content, call.memory);
  Status parsed;
  std::stop_source stop;
  const auto deadline = Clock::now() + kWallTime;
  bool late = false;
  ChildCommand command{{extract_program().string()},
                       {{"RAPPEL_FILE_NAME", hint.name},
                        {"RAPPEL_FILE_TYPE", hint.media_type},
                        {"RAPPEL_FILE_CHARSET", hint.charset},
                        {"RAPPEL_FILE_PASSWORD", call.password}},
                       bytes,
                       [&] {
                         late = late || Clock::now() > deadline;
                         if (late || call.cancel.stop_requested()) stop.request_stop();
                       }};
  const auto hear = [&](std::string_view part) {
    if (parsed.ok()) parsed = parser.add(part);
    if (!parsed.ok()) stop.request_stop();
  };
  const auto end = run_child(command, hear, stop.get_token());
  if (call.cancel.stop_requested()) return cancelled();
  if (is_lack_of_memory(parsed)) return parsed;
  if (late)
    return Exchange{wrong_file(fmt::format("reading it takes more than {} s", kWallTime.count())), true};
  if (!parsed.ok()) return Exchange{wrong_file(parsed.message()), parsed.code() != Code::kResourceExhausted};
  if (!end.ok()) return not_started(end.status());
  const std::optional<Status>& outcome = parser.outcome();
  if (!outcome) return Exchange{wrong_file(death_of(*end)), true};
  if (outcome->ok()) return Exchange();
  return Exchange{outcome->code() == Code::kUnsupported ? *outcome : wrong_file(outcome->message())};
}

// The content of one file, without those in it.
Result<CollectedContent> read_one(std::string_view bytes, const FileHint& hint, const ReadCall& call,
                                  Allowance& allowance) {
  const std::string name = hint.name.empty() ? "the file" : hint.name;
  if (const auto reason = killers.refused(bytes))
    return Status(Code::kInvalidArgument,
                  fmt::format("cannot read {}: {}, twice; it is not tried again", name, *reason));
  CollectedContent content(allowance.left, call.memory);
  RAPPEL_ASSIGN(const Exchange done, exchange(bytes, hint, call, content));
  allowance.subtract(content);
  if (done.killed) killers.add(bytes, done.failure->message());
  if (!done.failure) return content;
  if (content.blocks.empty() && content.attachments.empty())
    return Status(done.failure->code(), fmt::format("cannot read {}: {}", name, done.failure->message()));
  (void)content.warning("it is not read to its end: " + done.failure->message());
  return content;
}

// Only the text of a file is kept, once its content is gone.
void keep_text_only(ByteHold* memory, std::size_t held_before, const std::string& text) {
  if (memory != nullptr) memory->shrink_to(held_before + text.capacity());
}

std::size_t held(const ReadCall& call) { return call.memory != nullptr ? call.memory->bytes() : 0; }

Result<ReadFile> read_at_depth(std::string_view bytes, const FileHint& hint, const ReadCall& call, int depth,
                               Allowance& allowance);

// The text of a file in a file.
Result<std::string> text_of_attachment(const Attachment& attachment, const ReadCall& call, int depth,
                                       Allowance& allowance, CollectedContent& outer) {
  const FileHint hint{attachment.name, attachment.media_type, ""};
  const FileType type = detect_file_type(attachment.bytes, hint);
  if (type.read == nullptr) return Status(Code::kUnsupported, "it is " + type.what);
  if (depth >= kDepth) return Status(Code::kUnsupported, "files are nested too deep");
  const std::size_t before = held(call);
  auto inner = read_at_depth(attachment.bytes, hint, call, depth + 1, allowance);
  std::string text = inner.ok() ? std::move(inner->text) : std::string();
  keep_text_only(call.memory, before, text);
  if (!inner.ok()) return inner.status();
  for (const std::string& warning : inner->content.warnings)
    (void)outer.warning(attachment.name + ": " + warning);
  return text;
}

// The texts of the files in it, empty for those that are left out, with a warning.
Result<std::vector<std::string>> texts_of_attachments(CollectedContent& content, const ReadCall& call,
                                                      int depth, Allowance& allowance) {
  ReadCall inner = call;
  inner.password.clear();
  std::vector<std::string> texts;
  for (const Attachment& attachment : content.attachments) {
    if (call.cancel.stop_requested()) return cancelled();
    auto text = text_of_attachment(attachment, inner, depth, allowance, content);
    if (!text.ok()) {
      if (is_lack_of_memory(text.status())) return text.status();
      (void)content.warning(
          fmt::format("{} in it was left out: {}", attachment.name, text.status().message()));
    }
    texts.push_back(text.ok() ? std::move(*text) : std::string());
  }
  return texts;
}

Result<ReadFile> read_at_depth(std::string_view bytes, const FileHint& hint, const ReadCall& call, int depth,
                               Allowance& allowance) {
  RAPPEL_ASSIGN(CollectedContent content, read_one(bytes, hint, call, allowance));
  RAPPEL_ASSIGN(const std::vector<std::string> texts, texts_of_attachments(content, call, depth, allowance));
  const std::size_t size = text_size(content, texts);
  RAPPEL_TRY(hold_for_file(call.memory, size));
  std::string text = text_of(content, texts);
  return ReadFile{std::move(content), std::move(text)};
}

}  // namespace

std::filesystem::path extract_program() {
  if (const char* program = std::getenv("RAPPEL_EXTRACT"); program != nullptr && *program != '\0')
    return program;
  return own_program().parent_path() / "rappel-extract";
}

Result<Protection> protection_of_readers(const std::stop_token& cancel) {
  std::string text;
  const ChildCommand command{{extract_program().string(), "--protection"}, {}, {}, {}};
  const auto end = run_child(
      command, [&](std::string_view part) { text += part; }, cancel);
  if (!end.ok()) return not_started(end.status());
  RAPPEL_ASSIGN(const Json json, parse_json(text));
  Protection protection;
  for (const auto& [name, list] : {std::pair("layers", &protection.layers), {"missing", &protection.missing}})
    for (const Json& item : json.value(name, Json::array())) list->push_back(item.get<std::string>());
  protection.reads_pdf = json.value("pdf", false);
  return protection;
}

Result<ReadFile> read_in_child(std::string_view bytes, const FileHint& hint, const ReadCall& call) {
  const Seat seat(call.cancel);
  if (!seat.taken()) return cancelled();
  Allowance allowance;
  return read_at_depth(bytes, hint, call, 0, allowance);
}

Result<ExtractedDocument> extract_in_child(std::string_view content, const FileHint& hint,
                                           const ReadCall& call) {
  const std::size_t before = held(call);
  RAPPEL_ASSIGN(ReadFile file, read_in_child(content, hint, call));
  keep_text_only(call.memory, before, file.text);
  return ExtractedDocument{.text = std::move(file.text),
                           .properties = std::move(file.content.properties),
                           .warnings = std::move(file.content.warnings)};
}

}  // namespace rappel
