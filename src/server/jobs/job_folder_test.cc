#include "server/jobs/job_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/os/file.h"
#include "base/os/private_file.h"
#include "server/jobs/job_json.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;
using State = IngestResult::State;

JobSpec spec_of_files(const std::string& id, std::size_t files) {
  JobSpec spec;
  spec.id = id;
  spec.created_at = "2026-01-01T00:00:00.000000Z";
  spec.key = "key";
  spec.fingerprint = "print";
  for (std::size_t i = 0; i < files; ++i) {
    JobFile file{"file \"" + std::to_string(i) + "\".txt", "text/plain", 4, {}};
    file.metadata.author = "A";
    file.metadata.custom["n"] = 1.5;
    spec.files.push_back(std::move(file));
    spec.bytes += 4;
  }
  return spec;
}

JobResult stored(std::size_t index) { return {index, {"name", State::kStored, "id", "", {"a \"warning\""}}}; }

class JobFolderTest : public testing::Test {
 protected:
  JobFolderTest() { EXPECT_TRUE(folder_.open().ok()); }
  Status create(const JobSpec& spec) {
    return folder_.create(spec, [&](const fs::path& path) -> Status {
      for (std::size_t i = 0; i < spec.files.size(); ++i)
        RAPPEL_TRY(write_private_file(path / std::to_string(i), "text"));
      return {};
    });
  }
  std::vector<StoredJob> load() {
    return folder_.load([this](const Status& status) { reports_.push_back(status.to_string()); });
  }
  TempDir dir_;
  JobFolder folder_{dir_.path() / "data" / "jobs"};
  std::vector<std::string> reports_;
};

TEST_F(JobFolderTest, JobsComeBackAsTheyWere) {
  ASSERT_TRUE(create(spec_of_files("one", 3)).ok());
  const JobResult results[] = {stored(2), {0, {"name", State::kFailed, "", "why", {}}}};
  ASSERT_TRUE(folder_.append("one", results).ok());
  const auto jobs = load();
  ASSERT_EQ(jobs.size(), 1u);
  EXPECT_EQ(spec_text(jobs[0].spec), spec_text(spec_of_files("one", 3)));
  ASSERT_EQ(jobs[0].results.size(), 2u);
  EXPECT_EQ(result_line(jobs[0].results[0]), result_line(results[0]));
  EXPECT_EQ(result_line(jobs[0].results[1]), result_line(results[1]));
  EXPECT_FALSE(jobs[0].end);
  ASSERT_TRUE(folder_.end("one", JobState::kCancelled, "2026-01-02T00:00:00.000000Z").ok());
  EXPECT_EQ(load()[0].end, JobState::kCancelled);
  EXPECT_EQ(load()[0].finished_at, "2026-01-02T00:00:00.000000Z");
  EXPECT_TRUE(reports_.empty());
}

TEST_F(JobFolderTest, FilesArePrivate) {
  ASSERT_TRUE(create(spec_of_files("one", 1)).ok());
  const JobResult results[] = {stored(0)};
  ASSERT_TRUE(folder_.append("one", results).ok());
  for (const auto& entry : fs::recursive_directory_iterator(folder_.root())) {
    struct stat info {};
    ASSERT_EQ(::stat(entry.path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 077, 0u) << entry.path();
  }
}

// As kill -9 in the middle of a write leaves it.
TEST_F(JobFolderTest, LineThatWasCutIsLeftOut) {
  ASSERT_TRUE(create(spec_of_files("one", 3)).ok());
  const std::string line = result_line(stored(0));
  for (std::size_t size = 0; size < line.size(); ++size) {
    const fs::path journal = folder_.root() / "one" / "journal";
    std::ofstream(journal) << result_line(stored(1)) << "\n" << line.substr(0, size);
    ASSERT_EQ(load()[0].results.size(), 1u) << size;
    const JobResult more[] = {stored(2)};
    ASSERT_TRUE(folder_.append("one", more).ok());
    ASSERT_EQ(load()[0].results.size(), 2u) << size;
  }
}

TEST_F(JobFolderTest, ResultsOfOtherOrKnownIndexesAreLeftOut) {
  ASSERT_TRUE(create(spec_of_files("one", 2)).ok());
  const JobResult results[] = {stored(0), stored(0), stored(7)};
  ASSERT_TRUE(folder_.append("one", results).ok());
  EXPECT_EQ(load()[0].results.size(), 1u);
}

TEST_F(JobFolderTest, JobThatIsNotWholeLeavesNothing) {
  const Status failed = folder_.create(spec_of_files("one", 1), [](const fs::path& path) -> Status {
    RAPPEL_TRY(write_private_file(path / "0", "text"));
    return Status(Code::kUnavailable, "the disk");
  });
  EXPECT_EQ(failed.message(), "the disk");
  EXPECT_TRUE(load().empty());
  EXPECT_FALSE(fs::exists(folder_.root() / ".new-one"));
}

TEST_F(JobFolderTest, WhatAKilledServerWasWritingIsRemoved) {
  const fs::path root = dir_.path() / "other" / "jobs";
  fs::create_directories(root / ".new-two");
  std::ofstream(root / ".new-two" / "0") << "text";
  JobFolder folder(root);
  EXPECT_TRUE(folder.open().ok());
  EXPECT_FALSE(fs::exists(root / ".new-two"));
}

TEST_F(JobFolderTest, OneServerAtATimeHasIt) {
  JobFolder other(dir_.path() / "data" / "jobs");
  EXPECT_EQ(other.open().code(), Code::kFailedPrecondition);
}

TEST_F(JobFolderTest, DamagedJobIsReportedAndCostsNoOther) {
  ASSERT_TRUE(create(spec_of_files("one", 1)).ok());
  ASSERT_TRUE(create(spec_of_files("two", 1)).ok());
  fs::permissions(folder_.root() / "one" / "job.json", fs::perms::owner_all);
  std::ofstream(folder_.root() / "one" / "job.json") << R"({"format":1)";
  EXPECT_EQ(load().size(), 1u);
  ASSERT_EQ(reports_.size(), 1u);
  EXPECT_NE(reports_[0].find("one"), std::string::npos);
}

TEST_F(JobFolderTest, RemovesWhatIsNotNeeded) {
  const JobSpec spec = spec_of_files("one", 2);
  ASSERT_TRUE(create(spec).ok());
  folder_.drop_file("one", 0);
  EXPECT_FALSE(fs::exists(folder_.file("one", 0)));
  EXPECT_TRUE(fs::exists(folder_.file("one", 1)));
  folder_.drop_input(spec);
  EXPECT_FALSE(fs::exists(folder_.file("one", 1)));
  EXPECT_EQ(load().size(), 1u);
  folder_.remove("one");
  EXPECT_TRUE(load().empty());
  EXPECT_FALSE(fs::exists(folder_.root() / "one"));
}

}  // namespace
}  // namespace rappel
