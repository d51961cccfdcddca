#include "tune/eval_journal.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/os/file.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

class EvalJournalTest : public testing::Test {
 protected:
  std::filesystem::path file() const { return folder_.path() / "unfinished" / "dense.jsonl"; }
  void write_two() {
    auto journal = EvalJournal::open(file());
    ASSERT_TRUE(journal.ok()) << journal.status().to_string();
    ASSERT_TRUE(journal->add("q1", {{{"a b", 1.0 / 3}, {"é", -2e-17}}, 1.25}).ok());
    ASSERT_TRUE(journal->add("q2", {{}, 2}).ok());
  }

  TempDir folder_;
};

TEST_F(EvalJournalTest, AnswersReadBackTheSame) {
  write_two();
  const auto journal = EvalJournal::open(file());
  ASSERT_TRUE(journal.ok());
  ASSERT_EQ(journal->size(), 2U);
  const EvalAnswer& first = *journal->find("q1");
  ASSERT_EQ(first.documents.size(), 2U);
  EXPECT_EQ(first.documents[0].id, "a b");
  EXPECT_EQ(first.documents[0].score, 1.0 / 3);
  EXPECT_EQ(first.documents[1].score, -2e-17);
  EXPECT_EQ(first.ms, 1.25);
  EXPECT_TRUE(journal->find("q2")->documents.empty());
  EXPECT_EQ(journal->find("q3"), nullptr);
}

TEST_F(EvalJournalTest, EveryCutKeepsTheWholeLines) {
  write_two();
  const std::string whole = *read_file(file());
  const std::size_t first = whole.find('\n') + 1;
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    ASSERT_TRUE(write_file_atomic(file(), whole.substr(0, size)).ok());
    auto journal = EvalJournal::open(file());
    ASSERT_TRUE(journal.ok());
    EXPECT_EQ(journal->size(), size == whole.size() ? 2U : size >= first ? 1U : 0U) << size;
    ASSERT_TRUE(journal->add("q9", {}).ok());
    EXPECT_NE(EvalJournal::open(file())->find("q9"), nullptr) << "what follows a cut is read, " << size;
  }
}

TEST_F(EvalJournalTest, LineOfAnotherFormEndsIt) {
  write_two();
  std::ofstream(file(), std::ios::app) << R"({"query":"q3","ms":1,"answers":[["a"]]})"
                                       << "\n"
                                       << R"({"query":"q4","ms":1,"answers":[]})"
                                       << "\n";
  EXPECT_EQ(EvalJournal::open(file())->size(), 2U);
}

TEST_F(EvalJournalTest, FolderThatCannotBeMadeIsAnError) {
  ASSERT_TRUE(write_file_atomic(folder_.path() / "unfinished", "a file").ok());
  EXPECT_EQ(EvalJournal::open(file()).status().code(), Code::kUnavailable);
}

}  // namespace
}  // namespace rappel
