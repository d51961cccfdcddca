#include "eval/file_lines.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "base/os/file.h"
#include "base/os/line_reader.h"

namespace rappel {
namespace {

constexpr std::size_t kMaxLine = std::size_t{64} << 20;

}  // namespace

Status FileLine::problem(const std::string& words) const {
  return Status(Code::kInvalidArgument,
                fmt::format("cannot read {} line {}: {}", file.string(), number, words));
}

Status for_each_line(const std::filesystem::path& file, const std::function<Status(const FileLine&)>& each) {
  RAPPEL_ASSIGN(const Fd descriptor, open_regular_file(file));
  LineReader lines(descriptor.get(), kMaxLine);
  for (;;) {
    FileLine line{file, 0, {}};
    const LineReader::Event event = lines.next(&line.text);
    line.number = lines.number();
    switch (event) {
      case LineReader::Event::kEnd: return {};
      case LineReader::Event::kFailed:
        return Status(Code::kUnavailable, "cannot read " + file.string(), std::strerror(errno));
      case LineReader::Event::kTooLong:
        return line.problem(fmt::format("it is longer than {} MiB", kMaxLine >> 20));
      case LineReader::Event::kLine: break;
    }
    if (line.number == 1 && line.text.starts_with("\xEF\xBB\xBF")) line.text.remove_prefix(3);
    if (line.text.find_first_not_of(" \t") == std::string_view::npos) continue;
    RAPPEL_TRY(each(line));
  }
}

}  // namespace rappel
