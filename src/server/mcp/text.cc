#include "server/mcp/text.h"

#include <algorithm>

#include "base/utf8.h"

namespace rappel::mcp {
namespace {

constexpr std::size_t kMostUrlBytes = 2000;
constexpr std::size_t kFirstWordsBytes = 80;
constexpr std::size_t kBlankWithin = 200;  // bytes from the end of a part

// A byte of text as JSON within JSON text, and in it once more.
std::size_t written_bytes(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (c == '"' || c == '\\') return 2 + 4;
  if (c == '\n' || c == '\r' || c == '\t' || c == '\b' || c == '\f') return 2 + 3;
  return byte < 0x20 ? 6 + 7 : 2;
}

// One line, blanks joined.
std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool blank = static_cast<unsigned char>(c) <= ' ';
    if (!blank)
      line += c;
    else if (!line.empty() && line.back() != ' ')
      line += ' ';
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

// "notes/2025/plan.md" -> "plan.md"
std::string_view last_part(std::string_view path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string_view::npos || slash + 1 == path.size() ? path : path.substr(slash + 1);
}

std::string own_title(const Metadata& metadata) {
  const auto title = metadata.custom.find("title");
  if (title != metadata.custom.end())
    if (const auto* text = std::get_if<std::string>(&title->second))
      if (std::string line = one_line(*text); !line.empty()) return line;
  return one_line(last_part(metadata.filename.value_or("")));
}

}  // namespace

std::size_t written_bytes(std::string_view text) {
  std::size_t bytes = 0;
  for (const char c : text) bytes += written_bytes(c);
  return bytes;
}

std::string_view within_budget(std::string_view text, std::size_t budget) {
  std::size_t end = 0, blank = 0;
  for (std::size_t used = 0; end < text.size();) {
    const std::size_t length = std::min(utf8_length(text[end]), text.size() - end);
    used += written_bytes(text.substr(end, length));
    if (used > budget) break;
    end += length;
    if (text[end - 1] == ' ' || text[end - 1] == '\n') blank = end;
  }
  if (end < text.size() && blank > 0 && end - blank <= kBlankWithin) end = blank;
  return text.substr(0, end);
}

std::string shortened(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  std::size_t end = most - 2;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "..";
}

bool has_title(const Metadata& metadata) { return !own_title(metadata).empty(); }

std::string title_of(const Metadata& metadata, std::string_view text, const std::string& id) {
  if (const std::string title = own_title(metadata); !title.empty()) return shortened(title, kTitleBytes);
  const std::string words = one_line(text.substr(0, 4 * kFirstWordsBytes));
  return words.empty() ? shortened(id, kTitleBytes) : shortened(words, kFirstWordsBytes);
}

std::string percent_encoded(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

std::string document_uri(const std::string& id) { return "rappel://doc/" + percent_encoded(id); }

std::string url_of(const Metadata& metadata, const std::string& id, const std::string& base) {
  if (metadata.url && !metadata.url->empty() && metadata.url->size() <= kMostUrlBytes) return *metadata.url;
  if (base.empty()) return document_uri(id);
  return base + (base.ends_with('/') ? "d/" : "/d/") + percent_encoded(id);
}

}  // namespace rappel::mcp
