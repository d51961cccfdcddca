#include "ingest/extract/passes.h"

#include <optional>
#include <string>

#include "ingest/content/memory_share.h"
#include "ingest/content/wire.h"
#include "ingest/extract/file_type.h"
#include "ingest/extract/killers.h"
#include "ingest/extract/noting_sink.h"
#include "ingest/extract/office_converter.h"
#include "ingest/extract/seats.h"

namespace rappel {
namespace {

Killers ocr_killers, office_killers;

Status cancelled() { return Status(Code::kCancelled, "reading the file was cancelled"); }

// The content of one pass, as frames, until it is known whether it is the one to give.
class KeptContent {
 public:
  explicit KeptContent(ByteHold* memory) : memory_(memory), share_(memory) {}

  // Forgets what it was told before.
  ContentSink& begin() {
    frames_.clear();
    share_ = MemoryShare(memory_);
    return writer_.emplace([this](std::string_view frames) {
      RAPPEL_TRY(share_.hold(frames.size()));
      frames_ += frames;
      return Status();
    });
  }

  // Errors: kResourceExhausted (is_lack_of_memory()).
  Result<Reading> give(ContentSink& sink) {
    RAPPEL_TRY(writer_->end({}));
    const Status given = ContentParser(sink, memory_).add(frames_);
    if (is_lack_of_memory(given)) return given;
    return given.ok() ? Reading() : Reading{Status(Code::kInvalidArgument, given.message())};
  }

 private:
  ByteHold* const memory_;
  MemoryShare share_;
  std::string frames_;
  std::optional<ContentWriter> writer_;
};

class Passes {
 public:
  Passes(const FileHint& hint, const ReadCall& call, const BeginContent& begin)
      : hint_(hint),
        call_(call),
        begin_([this, &begin]() -> ContentSink& { return sink_.emplace(begin()); }) {}

  Result<Reading> read(std::string_view bytes) {
    const FileType type = detect_file_type(bytes, hint_);
    if (type.read == ReadBy::kOcr) return image(bytes, type);
    RAPPEL_ASSIGN(const Reading plain, without_ocr(bytes, hint_));
    if (!plain.failure && sink_->scanned() && call_.options.ocr) return scanned(bytes);
    if (plain.failure && !sink_->convert_to().empty()) return converted(bytes, plain);
    return plain;
  }

 private:
  Result<Reading> image(std::string_view bytes, const FileType& type) {
    if (call_.options.ocr) return by_ocr(bytes, begin_);
    (void)begin_();
    return Reading{Status(Code::kUnsupported, "it is " + type.what + "; " + type.advice)};
  }

  // Most office documents have no fault, and are read without libarchive.
  Result<Reading> without_ocr(std::string_view bytes, const FileHint& hint) {
    RAPPEL_ASSIGN(Reading reading, read_with_program(bytes, hint, call_, begin_));
    if (reading.killed || !sink_->wants_archive_library()) return reading;
    return read_with_program(bytes, hint, call_, begin_, archive_mode());
  }

  // If OCR fails, the text that it has without OCR stays.
  Result<Reading> scanned(std::string_view bytes) {
    KeptContent recognized(call_.memory);
    RAPPEL_ASSIGN(const Reading reading, by_ocr(bytes, [&]() -> ContentSink& { return recognized.begin(); }));
    if (!reading.failure) return recognized.give(begin_());
    (void)sink_->warning("OCR failed: " + reading.failure->message());
    return Reading();
  }

  Result<Reading> by_ocr(std::string_view bytes, const BeginContent& begin) {
    if (const auto reason = ocr_killers.refused(bytes)) {
      (void)begin();
      return refused(*reason);
    }
    const OtherSeat seat(ocr_seats(), call_.cancel);
    if (!seat.taken()) return cancelled();
    RAPPEL_ASSIGN(Reading reading, read_with_program(bytes, hint_, call_, begin, ocr_mode(call_.options)));
    if (reading.killed) ocr_killers.add(bytes, reading.failure->message());
    reading.killed = false;
    return reading;
  }

  // `plain` says why it is not read.
  Result<Reading> converted(std::string_view bytes, const Reading& plain) {
    const std::string target = sink_->convert_to(), program = office_program(call_.options);
    if (program.empty()) return plain;
    if (const auto reason = office_killers.refused(bytes)) {
      (void)begin_();
      return refused(*reason);
    }
    const auto document = convert(bytes, program, target);
    if (document.status().code() == Code::kCancelled) return document.status();
    if (!document.ok()) return Reading{document.status()};
    const std::size_t size = document->size();
    RAPPEL_TRY(hold_for_file(call_.memory, size));
    const MemoryShare share(call_.memory, size);
    const FileHint hint{hint_.name + "." + target, "", ""};
    return without_ocr(*document, hint);
  }

  Result<std::string> convert(std::string_view bytes, const std::string& program, const std::string& target) {
    const OtherSeat seat(office_seats(), call_.cancel);
    if (!seat.taken()) return cancelled();
    auto document = convert_office(bytes, program, target, call_.cancel);
    if (document.status().code() == Code::kInvalidArgument)
      office_killers.add(bytes, document.status().message());
    return document;
  }

  static Reading refused(const std::string& reason) {
    return Reading{Status(Code::kInvalidArgument, reason + ", twice; it is not tried again")};
  }

  const FileHint& hint_;
  const ReadCall& call_;
  std::optional<NotingSink> sink_;
  const BeginContent begin_;
};

}  // namespace

Result<Reading> read_in_passes(std::string_view bytes, const FileHint& hint, const ReadCall& call,
                               const BeginContent& begin) {
  return Passes(hint, call, begin).read(bytes);
}

}  // namespace rappel
