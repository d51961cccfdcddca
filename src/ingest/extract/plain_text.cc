#include "ingest/extract/plain_text.h"

#include <fmt/format.h>

#include "base/utf8.h"

namespace rappel {
namespace {

bool names_other_charset(const std::string& charset) {
  return !charset.empty() && charset != "utf-8" && charset != "utf8" && charset != "us-ascii";
}

}  // namespace

Result<ExtractedDocument> extract_plain_text(std::string_view content, const FileHint& hint) {
  if (content.starts_with("\xEF\xBB\xBF")) content.remove_prefix(3);
  if (!utf8_valid(content))
    return Status(Code::kInvalidArgument,
                  fmt::format("cannot read {}: it is not UTF-8 text{}; convert it to UTF-8, for example with "
                              "iconv",
                              hint.name.empty() ? "the file" : hint.name,
                              names_other_charset(hint.charset)
                                  ? " (its charset is " + utf8_repair(hint.charset).text + ")"
                                  : ""));
  return ExtractedDocument{std::string(content), {}, {}};
}

}  // namespace rappel
