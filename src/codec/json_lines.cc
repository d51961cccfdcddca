#include "codec/json_lines.h"

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <utility>

namespace rappel {
namespace {

template <class Number>
void append(std::string& out, Number value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

}  // namespace

void append_number(std::string& out, float value) { append(out, value); }
void append_number(std::string& out, double value) { append(out, value); }

JsonLineReader::JsonLineReader(int descriptor, std::size_t max_line, Report report)
    : lines_(descriptor, max_line), max_line_(max_line), report_(std::move(report)) {}

std::string JsonLineReader::Record::id() const {
  const auto it = object.find("id");
  return it == object.end() ? std::to_string(line) : dump_json(*it);
}

void JsonLineReader::reject(std::size_t line, const std::string& problem) {
  ++rejected_;
  report_(line, problem);
}

bool JsonLineReader::next(Record* record) {
  std::string_view text;
  for (;;) {
    const LineReader::Event event = lines_.next(&text);
    const std::size_t number = lines_.number();
    if (event == LineReader::Event::kEnd) return false;
    if (event == LineReader::Event::kFailed) {
      reject(number + 1, std::string("cannot be read: ") + std::strerror(errno));
      return false;
    }
    if (event == LineReader::Event::kTooLong) {
      reject(number, "is longer than " + std::to_string(max_line_) + " bytes");
      continue;
    }
    if (number == 1 && text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    auto parsed = parse_json(text);
    if (!parsed.ok()) {
      reject(number, parsed.status().message());
      continue;
    }
    if (!parsed->is_object()) {
      reject(number, "expected a JSON object");
      continue;
    }
    *record = {number, text.size(), std::move(parsed).value()};
    return true;
  }
}

}  // namespace rappel
