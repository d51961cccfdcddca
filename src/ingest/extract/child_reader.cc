#include "ingest/extract/child_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "codec/sha256.h"
#include "ingest/extract/extract.h"
#include "ingest/extract/reader_program.h"

namespace rappel {
namespace {

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
    left.text_bytes -= content.blocks.text_bytes();
    for (const Attachment& attachment : content.attachments) left.attachment_bytes -= attachment.bytes.size();
    left.attachments -= content.attachments.size();
  }
};

Status cancelled() { return Status(Code::kCancelled, "reading the file was cancelled"); }

// The content of one file, without those in it.
Result<CollectedContent> read_one(std::string_view bytes, const FileHint& hint, const ReadCall& call,
                                  Allowance& allowance) {
  const std::string name = hint.name.empty() ? "the file" : hint.name;
  if (const auto reason = killers.refused(bytes))
    return Status(Code::kInvalidArgument,
                  fmt::format("cannot read {}: {}, twice; it is not tried again", name, *reason));
  CollectedContent content(allowance.left, call.memory);
  RAPPEL_ASSIGN(const Reading done, read_with_program(bytes, hint, call, allowance.left, content));
  allowance.subtract(content);
  if (done.killed) killers.add(bytes, done.failure->message());
  if (!done.failure) return content;
  if (content.blocks.empty() && content.attachments.empty())
    return Status(done.failure->code(), fmt::format("cannot read {}: {}", name, done.failure->message()));
  (void)content.warning("it is not read to its end: " + done.failure->message());
  return content;
}

// Only the text of a file is kept, once its content is gone.
void keep_text_only(ByteHold* memory, std::size_t held_before, const OutlinedText& text) {
  if (memory != nullptr) memory->shrink_to(held_before + text.memory());
}

std::size_t held(const ReadCall& call) { return call.memory != nullptr ? call.memory->bytes() : 0; }

Result<ReadFile> read_at_depth(std::string_view bytes, const FileHint& hint, const ReadCall& call, int depth,
                               Allowance& allowance);

// The text of a file in a file.
Result<OutlinedText> text_of_attachment(const Attachment& attachment, const ReadCall& call, int depth,
                                        Allowance& allowance, CollectedContent& outer) {
  const FileHint hint{attachment.name, attachment.media_type, ""};
  const FileType type = detect_file_type(attachment.bytes, hint);
  if (type.read == nullptr) return Status(Code::kUnsupported, "it is " + type.what);
  if (depth >= kDepth) return Status(Code::kUnsupported, "files are nested too deep");
  const std::size_t before = held(call);
  auto inner = read_at_depth(attachment.bytes, hint, call, depth + 1, allowance);
  OutlinedText text = inner.ok() ? std::move(inner->text) : OutlinedText();
  keep_text_only(call.memory, before, text);
  if (!inner.ok()) return inner.status();
  for (const std::string& warning : inner->content.warnings)
    (void)outer.warning(attachment.name + ": " + warning);
  return text;
}

// The texts of the files in it, empty for those that are left out, with a warning.
Result<std::vector<OutlinedText>> texts_of_attachments(CollectedContent& content, const ReadCall& call,
                                                       int depth, Allowance& allowance) {
  ReadCall inner = call;
  inner.password.clear();
  std::vector<OutlinedText> texts;
  for (const Attachment& attachment : content.attachments) {
    if (call.cancel.stop_requested()) return cancelled();
    auto text = text_of_attachment(attachment, inner, depth, allowance, content);
    if (!text.ok()) {
      if (is_lack_of_memory(text.status())) return text.status();
      (void)content.warning(
          fmt::format("{} in it was left out: {}", attachment.name, text.status().message()));
    }
    texts.push_back(text.ok() ? std::move(*text) : OutlinedText());
  }
  return texts;
}

Result<ReadFile> read_at_depth(std::string_view bytes, const FileHint& hint, const ReadCall& call, int depth,
                               Allowance& allowance) {
  RAPPEL_ASSIGN(CollectedContent content, read_one(bytes, hint, call, allowance));
  RAPPEL_ASSIGN(const std::vector<OutlinedText> texts, texts_of_attachments(content, call, depth, allowance));
  RAPPEL_TRY(hold_for_file(call.memory, outlined_size(content, texts)));
  OutlinedText text = outlined_text_of(content, texts);
  return ReadFile{std::move(content), std::move(text)};
}

}  // namespace

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
  return ExtractedDocument{.text = std::move(file.text.text),
                           .outline = std::move(file.text.outline),
                           .properties = std::move(file.content.properties),
                           .warnings = std::move(file.content.warnings)};
}

}  // namespace rappel
