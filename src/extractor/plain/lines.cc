#include "extractor/plain/lines.h"

#include <algorithm>
#include <string>

namespace rappel::extractor {
namespace {

constexpr std::size_t kBlockBytes = 256 << 10;
constexpr std::string_view kBlanks = " \t\n\r\f\v";

// At most kBlockBytes, cut after a line or at least before a character.
std::size_t piece_of(std::string_view text) {
  if (text.size() <= kBlockBytes) return text.size();
  if (const std::size_t line = text.rfind('\n', kBlockBytes); line != std::string_view::npos && line > 0)
    return line;
  std::size_t end = kBlockBytes;
  while (end > kBlockBytes - 4 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return end;
}

}  // namespace

bool Lines::next(std::string_view& line) {
  if (at_ >= text_.size()) return false;
  begin_ = at_;
  const std::size_t end = std::min(text_.find('\n', at_), text_.size());
  line = text_.substr(at_, end - at_);
  at_ = std::min(end + 1, text_.size());
  return true;
}

bool is_blank(std::string_view text) { return text.find_first_not_of(kBlanks) == std::string_view::npos; }

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::string_view trim_lines(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  const std::size_t line = text.substr(0, first).find_last_of("\n\f");
  const std::size_t begin = line == std::string_view::npos ? 0 : line + 1;
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::size_t indent_of(std::string_view line) {
  std::size_t indent = 0;
  for (const char c : line) {
    if (c != ' ' && c != '\t') break;
    indent += c == '\t' ? 4 : 1;
  }
  return indent;
}

Status give_text(std::string_view text, BlockKind kind, ContentSink& sink) {
  for (text = trim_lines(text); !text.empty();) {
    const std::size_t size = piece_of(text);
    RAPPEL_TRY(sink.block({.kind = kind, .text = std::string(text.substr(0, size))}));
    text = trim_lines(text.substr(size));
  }
  return {};
}

Status give_paragraphs(std::string_view text, BlockKind kind, ContentSink& sink) {
  Lines lines(text);
  std::string_view line;
  std::size_t begin = 0;
  while (lines.next(line)) {
    const bool feed = line.starts_with('\f');
    if (!feed && !is_blank(line)) continue;
    RAPPEL_TRY(give_text(text.substr(begin, lines.begin() - begin), kind, sink));
    begin = lines.begin() + (feed ? 1 : 0);
  }
  return give_text(text.substr(begin), kind, sink);
}

}  // namespace rappel::extractor
