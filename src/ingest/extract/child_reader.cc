#include "ingest/extract/child_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "base/os/allocator.h"
#include "base/utf8.h"
#include "ingest/content/rendered_content.h"
#include "ingest/extract/extract.h"
#include "ingest/extract/killers.h"
#include "ingest/extract/passes.h"
#include "ingest/extract/plain_text.h"
#include "ingest/extract/seats.h"

namespace rappel {
namespace {

constexpr int kDepth = 3;  // of files in files

Killers killers;

class Seat {
 public:
  explicit Seat(const std::stop_token& cancel) : taken_(file_seats().take(cancel)) {}
  ~Seat() {
    if (taken_) file_seats().give_back();
  }
  Seat(const Seat&) = delete;
  bool taken() const { return taken_; }

 private:
  const bool taken_;
};

Status cancelled() { return Status(Code::kCancelled, "reading the file was cancelled"); }

std::string shown(const FileHint& hint) { return hint.name.empty() ? "the file" : hint.name; }

// One file. Partial content counts, with a warning, unless there is nothing of it in `content`, which is
// known after the reading.
Status read_one(std::string_view bytes, const FileHint& hint, const ReadCall& call, const BeginContent& begin,
                const std::function<CollectedContent&()>& content) {
  if (const auto reason = killers.refused(bytes, call.file))
    return Status(Code::kInvalidArgument,
                  fmt::format("cannot read {}: {}, twice; it is not tried again", shown(hint), *reason));
  RAPPEL_ASSIGN(const Reading done, read_in_passes(bytes, hint, call, begin));
  if (done.killed) killers.add(bytes, done.failure->message(), call.file);
  if (!done.failure) return {};
  if (content().empty())
    return Status(done.failure->code(),
                  fmt::format("cannot read {}: {}", shown(hint), done.failure->message()));
  return content().warning("it is not read to its end: " + done.failure->message());
}

// Reads a file and those in it into one text. Memory is freed as soon as it can be: the bytes of a
// file in it once it is read, blocks once they are in the text.
class NestedReader {
 public:
  explicit NestedReader(const ReadCall& call) : call_(call), text_(call.memory) {}

  // The content of a file whose text is added. `forget` frees the bytes, which are not read again.
  Result<CollectedContent> read(std::string_view bytes, const FileHint& hint, const ReadCall& call, int depth,
                                const std::function<void()>& forget);
  Result<OutlinedText> take() { return text_.take(); }
  // So many bytes were taken, of texts and of files in files.
  bool was_large() const {
    const ContentBounds all;
    return all.text_bytes + all.attachment_bytes - left_.text_bytes - left_.attachment_bytes >= kLargeBytes;
  }

 private:
  static constexpr std::size_t kLargeBytes = std::size_t{4} << 20;

  Status add_attachment(CollectedContent& outer, std::size_t index, int depth);
  Status read_attachment(CollectedContent& outer, std::size_t index, int depth);
  Status add_plain(const FileType& type, const FileHint& hint, CollectedContent& outer, std::size_t index);
  void subtract(const CollectedContent& content);

  const ReadCall& call_;
  OutlinedTextBuilder text_;
  ContentBounds left_;  // a file shares them with those in it
};

void NestedReader::subtract(const CollectedContent& content) {
  left_.text_bytes -= content.text_bytes();
  for (const std::size_t bytes : content.attachment_sizes) left_.attachment_bytes -= bytes;
  left_.attachments -= content.attachments.size();
}

Result<CollectedContent> NestedReader::read(std::string_view bytes, const FileHint& hint,
                                            const ReadCall& call, int depth,
                                            const std::function<void()>& forget) {
  const auto start = text_.point();
  std::optional<RenderedContent> sink;
  const auto begin = [&]() -> ContentSink& {
    text_.go_back(start);
    return sink.emplace(left_, call.memory, text_,
                        [&](std::size_t index) { return add_attachment(sink->content(), index, depth); });
  };
  const auto content_of_sink = [&]() -> CollectedContent& { return sink->content(); };
  RAPPEL_TRY(read_one(bytes, hint, call, begin, content_of_sink));
  CollectedContent& content = sink->content();
  subtract(content);
  if (forget) forget();
  RAPPEL_TRY(sink->finish());
  return std::move(content);
}

// Files in it that cannot be read are left out, with a warning.
Status NestedReader::add_attachment(CollectedContent& outer, std::size_t index, int depth) {
  if (call_.cancel.stop_requested()) return cancelled();
  const auto start = text_.point();
  const Status read = read_attachment(outer, index, depth);
  outer.release_attachment(index);
  if (read.ok() || is_lack_of_memory(read) || read.code() == Code::kCancelled) return read;
  text_.go_back(start);
  return outer.warning(
      fmt::format("{} in it was left out: {}", outer.attachments[index].name, read.message()));
}

Status NestedReader::read_attachment(CollectedContent& outer, std::size_t index, int depth) {
  const Attachment& attachment = outer.attachments[index];
  const FileHint hint{attachment.name, attachment.media_type, ""};
  const FileType type = detect_file_type(attachment.bytes, hint);
  if (!type.is_read(call_.options)) return Status(Code::kUnsupported, "it is " + type.what);
  if (depth >= kDepth) return Status(Code::kUnsupported, "files are nested too deep");
  if (type.read != ReadBy::kReader && type.read != ReadBy::kOcr &&
      attachment.bytes.size() <= left_.text_bytes && utf8_valid(attachment.bytes))
    return add_plain(type, hint, outer, index);
  ReadCall call = call_;
  call.password.clear();
  RAPPEL_ASSIGN(const CollectedContent inner,
                read(attachment.bytes, hint, call, depth + 1, [&] { outer.release_attachment(index); }));
  for (const std::string& warning : inner.warnings) (void)outer.warning(attachment.name + ": " + warning);
  return {};
}

// Text needs no process.
Status NestedReader::add_plain(const FileType& type, const FileHint& hint, CollectedContent& outer,
                               std::size_t index) {
  const std::size_t before = call_.memory != nullptr ? call_.memory->bytes() : 0;
  const auto read = type.read == ReadBy::kMarkdown ? extract_markdown : extract_plain_text;
  RAPPEL_ASSIGN(const ExtractedDocument document, read(outer.attachments[index].bytes, hint, call_));
  const MemoryShare share(call_.memory, call_.memory != nullptr ? call_.memory->bytes() - before : 0);
  outer.release_attachment(index);
  left_.text_bytes -= document.text.size();
  for (const std::string& warning : document.warnings) (void)outer.warning(hint.name + ": " + warning);
  return text_.add(document.text, document.outline);
}

}  // namespace

Result<ReadFile> read_in_child(std::string_view bytes, const FileHint& hint, const ReadCall& call) {
  const Seat seat(call.cancel);
  if (!seat.taken()) return cancelled();
  NestedReader reader(call);
  auto content = reader.read(bytes, hint, call, 0, {});
  auto text = content.ok() ? reader.take() : Result<OutlinedText>(content.status());
  if (reader.was_large()) return_free_memory();
  if (!text.ok()) return text.status();
  return ReadFile{std::move(*content), std::move(*text)};
}

Result<ReadFile> read_alone_in_child(std::string_view bytes, const FileHint& hint, const ReadCall& call) {
  const Seat seat(call.cancel);
  if (!seat.taken()) return cancelled();
  OutlinedTextBuilder text(call.memory);
  const auto start = text.point();
  std::optional<RenderedContent> sink;
  const auto begin = [&]() -> ContentSink& {
    text.go_back(start);
    return sink.emplace(ContentBounds(), call.memory, text, nullptr);
  };
  RAPPEL_TRY(read_one(bytes, hint, call, begin, [&]() -> CollectedContent& { return sink->content(); }));
  RAPPEL_TRY(sink->finish());
  RAPPEL_ASSIGN(OutlinedText taken, text.take());
  return ReadFile{std::move(sink->content()), std::move(taken)};
}

ExtractedDocument take_document(ReadFile& file) {
  return {.text = std::move(file.text.text),
          .outline = std::move(file.text.outline),
          .properties = std::move(file.content.properties),
          .warnings = std::move(file.content.warnings)};
}

Result<ExtractedDocument> extract_in_child(std::string_view content, const FileHint& hint,
                                           const ReadCall& call) {
  RAPPEL_ASSIGN(ReadFile file, read_in_child(content, hint, call));
  return take_document(file);
}

}  // namespace rappel
