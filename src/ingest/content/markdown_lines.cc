#include "ingest/content/markdown_lines.h"

#include <algorithm>
#include <cctype>

namespace rappel::markdown {
namespace {

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

// Blanks before the first sign; a tab counts 4.
std::size_t indent_of(std::string_view line) {
  std::size_t indent = 0;
  for (const char c : line) {
    if (c != ' ' && c != '\t') break;
    indent += c == '\t' ? 4 : 1;
  }
  return indent;
}

}  // namespace

std::string_view trim(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\r\n\f\v";
  const std::size_t begin = line.find_first_not_of(kBlanks);
  return begin == std::string_view::npos ? std::string_view()
                                         : line.substr(begin, line.find_last_not_of(kBlanks) + 1 - begin);
}

int heading_level(std::string_view line) {
  if (indent_of(line) > 3) return 0;
  line = trim(line);
  const std::size_t signs = std::min(line.find_first_not_of('#'), line.size());
  const bool closed = signs == line.size() || line[signs] == ' ' || line[signs] == '\t';
  return signs >= 1 && signs <= 6 && closed ? static_cast<int>(signs) : 0;
}

std::string_view heading_text(std::string_view line) {
  line = trim(line);
  line = trim(line.substr(std::min(line.find_first_not_of('#'), line.size())));
  const std::size_t end = line.find_last_not_of('#');
  if (end == std::string_view::npos) return {};
  if (end + 1 < line.size() && (line[end] == ' ' || line[end] == '\t')) line = trim(line.substr(0, end));
  return line;
}

bool is_line_of(std::string_view line, char sign, std::size_t least) {
  line = trim(line);
  return line.size() >= least && line.find_first_not_of(sign) == std::string_view::npos;
}

bool is_rule(std::string_view line) {
  const std::string_view text = trim(line);
  if (text.empty() || (text[0] != '-' && text[0] != '*' && text[0] != '_')) return false;
  const auto signs = std::count(text.begin(), text.end(), text[0]);
  const auto blanks = std::count(text.begin(), text.end(), ' ');
  return signs >= 3 && static_cast<std::size_t>(signs + blanks) == text.size();
}

bool is_list_item(std::string_view line) {
  const std::string_view text = trim(line);
  if (text.size() > 1 && (text[0] == '-' || text[0] == '*' || text[0] == '+')) return text[1] == ' ';
  std::size_t digits = 0;
  while (digits < text.size() && digits < 9 && is_digit(text[digits])) ++digits;
  return digits > 0 && digits + 1 < text.size() && (text[digits] == '.' || text[digits] == ')') &&
         text[digits + 1] == ' ';
}

std::size_t fence_of(std::string_view line) {
  line = trim(line);
  if (line.empty() || (line[0] != '`' && line[0] != '~')) return 0;
  const std::size_t signs = std::min(line.find_first_not_of(line[0]), line.size());
  if (signs < 3 || (line[0] == '`' && line.find('`', signs) != std::string_view::npos)) return 0;
  return signs;
}

bool is_table_rule(std::string_view line) {
  return line.find('-') != std::string_view::npos && line.find('|') != std::string_view::npos &&
         line.find_first_not_of("|-: \t") == std::string_view::npos;
}

}  // namespace rappel::markdown
