#include "doctor/server_log.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "codec/json.h"

namespace rappel {
namespace {

constexpr std::size_t kTimeLength = 24;  // "2026-11-23T10:00:00.123Z"
constexpr std::string_view kLastWords = "rappel: ";
constexpr std::string_view kFarewell = "stopped";
constexpr std::string_view kStarts[] = {"embedder: device ", "reranker: device "};

bool is_time(std::string_view text) {
  constexpr std::string_view kShape = "0000-00-00T00:00:00.000Z";
  return text.size() >= kTimeLength &&
         std::equal(kShape.begin(), kShape.end(), text.begin(), [](char shape, char c) {
           return shape == '0' ? std::isdigit(static_cast<unsigned char>(c)) != 0 : shape == c;
         });
}

// Finds "warning words" after a time.
bool read_logged(std::string_view text, ServerLogLine& line) {
  for (std::size_t at = text.find("Z "); at != std::string_view::npos; at = text.find("Z ", at + 1)) {
    if (at + 1 < kTimeLength || !is_time(text.substr(at + 1 - kTimeLength))) continue;
    text.remove_prefix(at + 2);
    const std::size_t space = std::min(text.find(' '), text.size());
    const auto level = parse_log_level(text.substr(0, space));
    if (!level.ok()) return false;
    line.level = *level;
    line.logged = true;
    text.remove_prefix(std::min(text.find_first_not_of(' ', space), text.size()));
    line.text = text;
    return true;
  }
  return false;
}

// Finds {"time":"..","level":"warning","message":"words"}; the line may begin with the prefix of a runtime.
bool read_json(std::string_view text, ServerLogLine& line) {
  const std::size_t at = text.find("{\"time\":\"");
  if (at == std::string_view::npos) return false;
  const auto object = parse_json(text.substr(at));
  if (!object.ok()) return false;
  const auto name = json_string(*object, "level"), message = json_string(*object, "message");
  if (!name.ok() || !message.ok()) return false;
  const auto level = parse_log_level(*name);
  if (!level.ok()) return false;
  line.level = *level;
  line.logged = true;
  line.text = *message;
  return true;
}

// "stopped: no request was cut", and "stopped" of version 0.1.
bool is_farewell(const ServerLogLine& line) {
  return line.logged && (line.text == kFarewell || line.text.starts_with(std::string(kFarewell) + ": "));
}

// At the beginning, or behind "name[12]: " of journald and "name | " of a container runtime.
bool read_last_words(std::string_view text, ServerLogLine& line) {
  std::size_t at = text.find(kLastWords);
  const auto behind = [&](std::string_view mark) {
    return at >= mark.size() && text.substr(at - mark.size(), mark.size()) == mark;
  };
  while (at != std::string_view::npos && at != 0 && !behind("]: ") && !behind("| "))
    at = text.find(kLastWords, at + 1);
  if (at == std::string_view::npos) return false;
  line.fatal = true;
  line.level = LogLevel::kError;
  line.text = text.substr(at + kLastWords.size());
  return true;
}

// Tells where a start of the server begins.
class Runs {
 public:
  int run_of(const ServerLogLine& line, bool goes_on) {
    const auto start = std::find_if(std::begin(kStarts), std::end(kStarts),
                                    [&](std::string_view s) { return line.text.starts_with(s); });
    const bool starts = line.logged && start != std::end(kStarts);
    const std::size_t part = static_cast<std::size_t>(start - std::begin(kStarts));
    if ((ended_ && (line.logged || line.fatal) && !goes_on) || (starts && seen_[part])) {
      ++run_;
      ended_ = seen_[0] = seen_[1] = false;
    }
    if (starts) seen_[part] = true;
    if (line.fatal || is_farewell(line)) ended_ = true;
    return run_;
  }

 private:
  int run_ = 0;
  bool ended_ = false, seen_[2] = {};
};

}  // namespace

bool ServerLog::ends_abruptly() const {
  bool began = false;
  for (const ServerLogLine& line : lines) {
    if (line.run != last_run) continue;
    if (line.fatal || is_farewell(line)) return false;
    began |= line.logged;
  }
  return began;
}

ServerLog parse_server_log(std::string_view text, std::size_t first_line) {
  ServerLog log;
  Runs runs;
  bool after_fatal = false;
  for (std::size_t number = first_line; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view raw = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (raw.ends_with('\r')) raw.remove_suffix(1);
    if (raw.empty()) continue;
    ServerLogLine line;
    line.number = number;
    bool goes_on = false;
    if (!read_json(raw, line) && !read_logged(raw, line) && !read_last_words(raw, line)) {
      // Further lines of a message that has several.
      goes_on = after_fatal && raw.find("systemd[") == std::string_view::npos &&
                raw.find("kernel:") == std::string_view::npos;
      line.fatal = goes_on;
      if (goes_on) line.level = LogLevel::kError;
      line.text = raw;
    }
    after_fatal = line.fatal;
    line.run = log.last_run = runs.run_of(line, goes_on);
    log.lines.push_back(std::move(line));
  }
  return log;
}

}  // namespace rappel
