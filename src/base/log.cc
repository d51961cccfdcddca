#include "base/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <mutex>
#include <utility>

#include "base/escape_controls.h"
#include "base/json_string.h"
#include "base/timestamp.h"

namespace rappel {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarn: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
    case LogLevel::kOff: return spdlog::level::off;
  }
  return spdlog::level::info;
}

const char* name_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return "debug";
    case LogLevel::kInfo: return "info";
    case LogLevel::kWarn: return "warning";
    case LogLevel::kError: return "error";
    case LogLevel::kOff: break;
  }
  return "off";
}

class StderrLogger final : public Logger {
 public:
  explicit StderrLogger(LogLevel level)
      : Logger(level), log_("rappel", std::make_shared<spdlog::sinks::stderr_color_sink_mt>()) {
    log_.set_level(to_spdlog(level));
    log_.set_formatter(std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %^%-7l%$ %v",
                                                                   spdlog::pattern_time_type::utc));
    log_.flush_on(spdlog::level::trace);
  }

 private:
  void write(LogLevel level, std::string_view message, LogFields fields) override {
    const std::string line = text_log_message(message, fields);
    log_.log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
  }
  spdlog::logger log_;
};

class JsonLogger final : public Logger {
 public:
  explicit JsonLogger(LogLevel level)
      : Logger(level), log_("rappel", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    log_.set_level(to_spdlog(level));
    log_.set_formatter(std::make_unique<spdlog::pattern_formatter>("%v"));
    log_.flush_on(spdlog::level::trace);
  }

 private:
  void write(LogLevel level, std::string_view message, LogFields fields) override {
    const std::string line = json_log_line(std::chrono::system_clock::now(), level, message, fields);
    log_.log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
  }
  spdlog::logger log_;
};

class StringLogger final : public Logger {
 public:
  StringLogger(std::string* lines, LogLevel level) : Logger(level), lines_(lines) {}

 private:
  void write(LogLevel, std::string_view message, LogFields fields) override {
    const std::string line = text_log_message(message, fields);
    std::lock_guard lock(mutex_);
    lines_->append(line).push_back('\n');
  }
  std::mutex mutex_;
  std::string* lines_;
};

}  // namespace

Result<LogLevel> parse_log_level(std::string_view name) {
  if (name == "debug") return LogLevel::kDebug;
  if (name == "info") return LogLevel::kInfo;
  if (name == "warn" || name == "warning") return LogLevel::kWarn;
  if (name == "error") return LogLevel::kError;
  if (name == "off") return LogLevel::kOff;
  return Status(Code::kInvalidArgument,
                fmt::format("log level '{}' is not one of debug, info, warn, error, off", name));
}

std::string json_log_line(std::chrono::system_clock::time_point time, LogLevel level,
                          std::string_view message, LogFields fields) {
  constexpr std::string_view kInJson = "\n\r\t";  // which it escapes itself
  std::string line = "{\"time\":\"" + format_timestamp_utc(time).substr(0, 23) + "Z\",\"level\":\"";
  line.append(name_of(level)).append("\",\"message\":");
  append_json_string(line, escape_controls(message, kInJson));
  for (const LogField& field : fields) {
    line.append(",\"").append(field.name).append("\":");
    if (field.is_number)
      line += field.value;
    else
      append_json_string(line, escape_controls(field.value, kInJson));
  }
  return line += '}';
}

std::string text_log_message(std::string_view message, LogFields fields) {
  std::string line = escape_controls(message);
  for (const LogField& field : fields) {
    const bool quoted = field.value.empty() || field.value.find_first_of(" \"=") != std::string::npos;
    line.append(" ").append(field.name).append("=");
    if (quoted)
      append_json_string(line, escape_controls(field.value));
    else
      line += escape_controls(field.value);
  }
  return line;
}

std::unique_ptr<Logger> Logger::to_stderr(LogLevel level, LogFormat format) {
  if (format == LogFormat::kJson) return std::make_unique<JsonLogger>(level);
  return std::make_unique<StderrLogger>(level);
}
std::unique_ptr<Logger> Logger::to_string(std::string* lines, LogLevel level) {
  return std::make_unique<StringLogger>(lines, level);
}

}  // namespace rappel
