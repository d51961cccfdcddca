#include "ingest/extract/extract.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "ingest/extract/plain_text.h"

namespace rappel {
namespace {

struct Extractor {
  std::string_view media_type;
  Result<ExtractedDocument> (*extract)(std::string_view content, const FileHint& hint);
};

// The registry. To read another format, add its line.
constexpr Extractor kExtractors[] = {
    {"text/plain", extract_plain_text},
    {"text/markdown", extract_plain_text},
};

const Extractor* find_extractor(const FileType& type) {
  const auto* found = std::find_if(std::begin(kExtractors), std::end(kExtractors),
                                   [&](const Extractor& e) { return e.media_type == type.media_type; });
  return found == std::end(kExtractors) ? nullptr : found;
}

Status unsupported(const FileType& type, const FileHint& hint) {
  std::string readable;
  for (const Extractor& extractor : kExtractors)
    readable += fmt::format("{}{}", readable.empty() ? "" : " and ", extractor.media_type);
  const std::string in_brackets =
      type.media_type.empty() || type.what.find(type.media_type) != std::string::npos
          ? ""
          : " (" + type.media_type + ")";
  return Status(Code::kUnsupported,
                utf8_repair(fmt::format("cannot read {}: it is {}{}, and only {} can be read; {}",
                                        hint.name.empty() ? "the file" : hint.name, type.what, in_brackets,
                                        readable, type.advice))
                    .text);
}

}  // namespace

Status check_file_type(std::string_view content, const FileHint& hint) {
  const FileType type = detect_file_type(content, hint);
  return find_extractor(type) != nullptr ? Status() : unsupported(type, hint);
}

Result<ExtractedDocument> extract(std::string_view content, const FileHint& hint) {
  const FileType type = detect_file_type(content, hint);
  const Extractor* extractor = find_extractor(type);
  if (extractor == nullptr) return unsupported(type, hint);
  RAPPEL_ASSIGN(ExtractedDocument document, extractor->extract(content, hint));
  document.media_type = type.media_type;
  return document;
}

}  // namespace rappel
