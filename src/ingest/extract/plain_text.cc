#include "ingest/extract/plain_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "ingest/extract/child_reader.h"
#include "ingest/extract/markdown_outline.h"

namespace rappel {
namespace {

bool names_other_charset(const std::string& charset) {
  return !charset.empty() && charset != "utf-8" && charset != "utf8" && charset != "us-ascii";
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::vector<std::string> warnings_about(std::string_view text, const std::string& charset) {
  std::vector<std::string> warnings;
  if (const auto count = std::count(text.begin(), text.end(), '\0'); count > 0)
    warnings.push_back(
        fmt::format("it contains {} NUL character{}, so it may not be text", count, count == 1 ? "" : "s"));
  if (names_other_charset(charset) && !is_ascii(text))
    warnings.push_back(
        fmt::format("its declared charset is {}, but it was read as UTF-8", utf8_repair(charset).text));
  return warnings;
}

}  // namespace

Result<ExtractedDocument> extract_plain_text(std::string_view content, const FileHint& hint,
                                             const ReadCall& call) {
  if (content.starts_with("\xEF\xBB\xBF")) content.remove_prefix(3);
  // Before all of it is read: a file that is mapped may be larger than the memory.
  RAPPEL_TRY(hold_for_file(call.memory, content.size()));
  if (!utf8_valid(content)) {
    if (call.memory != nullptr) call.memory->shrink_to(call.memory->bytes() - content.size());
    return extract_in_child(content, hint, call);
  }
  return ExtractedDocument{.text = std::string(content), .warnings = warnings_about(content, hint.charset)};
}

Result<ExtractedDocument> extract_markdown(std::string_view content, const FileHint& hint,
                                           const ReadCall& call) {
  RAPPEL_ASSIGN(ExtractedDocument document, extract_plain_text(content, hint, call));
  if (!document.outline.empty()) return document;
  document.outline = markdown_outline(document.text);
  RAPPEL_TRY(hold_for_file(call.memory, document.outline.memory()));
  return document;
}

}  // namespace rappel
