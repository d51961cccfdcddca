#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

namespace rappel {
namespace {

constexpr std::size_t kWidth = 100, kLeastWidth = 40, kMostWidth = 1000;

// Bytes that begin a character; wide characters count as one column.
std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string value_of(const Environment& environment, const char* name) {
  const auto it = environment.find(name);
  return it == environment.end() ? "" : it->second;
}

std::size_t columns_variable(const Environment& environment) {
  const std::string text = value_of(environment, "COLUMNS");
  std::size_t columns = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), columns);
  return error == std::errc() && end == text.data() + text.size() ? columns : 0;
}

void wrap_line(std::string_view line, std::size_t indent, std::size_t width, std::string& out) {
  const std::size_t leading = std::min(line.find_first_not_of(' '), line.size());
  out += line.substr(0, leading);
  line.remove_prefix(leading);
  indent += leading;
  std::size_t column = indent;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, end);
    if (column > indent && column + columns_of(word) + 1 > width) {
      out += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += columns_of(word);
    line.remove_prefix(std::min(end + 1, line.size()));
  }
}

}  // namespace

std::string Terminal::paint(Paint paint, std::string_view text) const {
  if (!colour || text.empty()) return std::string(text);
  const char* code = paint == Paint::kHeading   ? "1"
                     : paint == Paint::kGood    ? "32"
                     : paint == Paint::kWarning ? "33"
                                                : "1;31";
  return "\033[" + std::string(code) + "m" + std::string(text) + "\033[0m";
}

std::string Terminal::fitted(std::string_view text, std::size_t indent) const {
  return is_terminal ? wrapped(text, indent, width) : std::string(text);
}

Terminal make_terminal(bool is_terminal, std::size_t columns, const Environment& environment) {
  Terminal terminal;
  terminal.is_terminal = is_terminal;
  terminal.colour =
      is_terminal && value_of(environment, "NO_COLOR").empty() && value_of(environment, "TERM") != "dumb";
  const std::size_t asked = columns_variable(environment);
  const std::size_t width = asked > 0 ? asked : is_terminal && columns > 0 ? columns : kWidth;
  terminal.width = std::clamp(width, kLeastWidth, kMostWidth);
  return terminal;
}

Terminal terminal_of(int fd, const Environment& environment) {
  if (::isatty(fd) == 0) return make_terminal(false, 0, environment);
  winsize window{};
  const bool known = ::ioctl(fd, TIOCGWINSZ, &window) == 0;
  return make_terminal(true, known ? window.ws_col : 0, environment);
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  std::string out;
  for (;;) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    wrap_line(text.substr(0, end), indent, width, out);
    if (end == text.size()) return out;
    text.remove_prefix(end + 1);
    out += '\n';
    if (!text.empty() && text[0] != '\n') out += std::string(indent, ' ');
  }
}

}  // namespace rappel
