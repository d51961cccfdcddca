#include "server/http/refusal_log.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/log.h"

namespace rappel {
namespace {

TEST(RefusalLog, LinesAreBoundedAndTheMissingOnesCounted) {
  std::string lines;
  const auto logger = Logger::to_string(&lines);
  RefusalLog log(logger.get());
  const auto now = RefusalLog::Clock::now();
  for (int i = 0; i < RefusalLog::kLines + 7; ++i) log.add("", 400, "10.0.0.1", "Invalid HTTP request", now);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), RefusalLog::kLines);
  lines.clear();
  log.add("GET /x", 431, "10.0.0.2", "too large", now + std::chrono::seconds(1));
  EXPECT_NE(lines.find("GET /x: refused with 431 from 10.0.0.2: too large (7 more before)"),
            std::string::npos)
      << lines;
  lines.clear();
  log.add("", 400, "10.0.0.1", "Invalid HTTP request", now + std::chrono::seconds(1));
  EXPECT_EQ(lines.find("more before"), std::string::npos) << lines;
}

TEST(RefusalLog, WithoutALoggerNothingIsWritten) {
  RefusalLog(nullptr).add("", 400, "10.0.0.1", "", RefusalLog::Clock::now());
}

}  // namespace
}  // namespace rappel
