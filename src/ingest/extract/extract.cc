#include "ingest/extract/extract.h"

#include <fmt/format.h>

#include <vector>

#include "base/utf8.h"
#include "ingest/extract/child_reader.h"
#include "ingest/extract/plain_text.h"

namespace rappel {
namespace {

Status unsupported(const FileType& type, const FileHint& hint) {
  const std::string in_brackets =
      type.media_type.empty() || type.what.find(type.media_type) != std::string::npos
          ? ""
          : " (" + type.media_type + ")";
  return Status(Code::kUnsupported,
                utf8_repair(fmt::format("cannot read {}: it is {}{}, which is not read; {}",
                                        hint.name.empty() ? "the file" : hint.name, type.what, in_brackets,
                                        type.advice))
                    .text);
}

Result<ExtractedDocument> read_by(ReadBy way, std::string_view content, const FileHint& hint,
                                  const ReadCall& call) {
  switch (way) {
    case ReadBy::kPlainText: return extract_plain_text(content, hint, call);
    case ReadBy::kMarkdown: return extract_markdown(content, hint, call);
    case ReadBy::kReader:
    case ReadBy::kOcr:
    case ReadBy::kNothing: break;
  }
  return extract_in_child(content, hint, call);
}

Status cancelled() { return Status(Code::kCancelled, "reading the file was cancelled"); }

}  // namespace

Status check_file_type(std::string_view content, const FileHint& hint, const ReadOptions& options) {
  const FileType type = detect_file_type(content, hint);
  return type.is_read(options) ? Status() : unsupported(type, hint);
}

Result<ExtractedDocument> extract(std::string_view content, const FileHint& hint, const ReadCall& call) {
  const FileType type = detect_file_type(content, hint);
  if (!type.is_read(call.options)) return unsupported(type, hint);
  if (call.cancel.stop_requested()) return cancelled();
  RAPPEL_ASSIGN(ExtractedDocument document, read_by(type.read, content, hint, call));
  if (call.cancel.stop_requested()) return cancelled();
  document.media_type = type.media_type;
  return document;
}

}  // namespace rappel
