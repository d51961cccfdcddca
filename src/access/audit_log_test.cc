#include "access/audit_log.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/log.h"
#include "base/os/file.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

AuditEntry entry(const char* route) {
  return {.request_id = "r1",
          .token = "reader",
          .address = "10.0.0.7",
          .method = "POST",
          .route = route,
          .status = 200,
          .duration = std::chrono::milliseconds(12)};
}

TEST(AuditLine, SaysWhoDidWhatAndHowMuch) {
  RequestCounts counts;
  counts.queries = 1;
  counts.results = 3;
  AuditEntry asked = entry("/query");
  asked.counts = &counts;
  EXPECT_EQ(
      audit_line(asked, {}),
      R"({"time":"1970-01-01T00:00:00.000000Z","request_id":"r1","token":"reader","address":"10.0.0.7",)"
      R"("method":"POST","route":"/query","status":200,"ms":12,"queries":1,"results":3})");
  counts.note_collection("notes");
  EXPECT_NE(audit_line(asked, {}).find(R"("route":"/query","collection":"notes","status":200,)"),
            std::string::npos);
  for (const char* odd : {"", "a b", "\n", "N\xff", "../notes"}) counts.note_collection(odd);
  EXPECT_EQ(counts.collection(), "notes");
  asked = entry("/list");
  asked.token = "";
  asked.request_id = "a\"\n";
  const std::string line = audit_line(asked, {});
  EXPECT_NE(line.find(R"("request_id":"a\"\n","token":null)"), std::string::npos) << line;
}

TEST(AuditLog, LinesGoToTheNewFileAfterRotation) {
  const TempDir dir;
  const auto path = dir.path() / "audit.log", moved = dir.path() / "audit.log.1";
  auto log = AuditLog::open(path, nullptr);
  ASSERT_TRUE(log.ok());
  struct ::stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  (*log)->add(entry("/one"));
  std::filesystem::rename(path, moved);
  (*log)->add(entry("/two"));
  ASSERT_TRUE((*log)->reopen().ok());
  (*log)->add(entry("/three"));
  const auto has = [](const std::filesystem::path& file, const char* route) {
    return read_file(file)->find(route) != std::string::npos;
  };
  EXPECT_TRUE(has(moved, "/one") && has(moved, "/two") && !has(moved, "/three"));
  EXPECT_TRUE(has(path, "/three") && !has(path, "/two"));
  const std::string text = *read_file(moved);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
}

TEST(AuditLog, FileThatCannotBeOpenedIsNamed) {
  const TempDir dir;
  const auto none = AuditLog::open(dir.path() / "no" / "audit.log", nullptr);
  ASSERT_FALSE(none.ok());
  EXPECT_NE(none.status().message().find("audit.log"), std::string::npos);
}

TEST(AuditLog, FullDiskIsToldOnceAndStopsNothing) {
  if (!std::filesystem::exists("/dev/full")) return;  // Linux has it
  std::string text;
  const auto logger = Logger::to_string(&text);
  auto log = AuditLog::open("/dev/full", logger.get());
  ASSERT_TRUE(log.ok());
  for (int i = 0; i < 3; ++i) (*log)->add(entry("/one"));
  EXPECT_EQ(text.find("requests go on"), text.rfind("requests go on"));
  EXPECT_NE(text.find("/dev/full"), std::string::npos);
}

}  // namespace
}  // namespace rappel
