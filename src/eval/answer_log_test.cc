#include "eval/answer_log.h"

#include <gtest/gtest.h>

#include "base/os/file.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

class AnswerLog : public testing::Test {
 protected:
  // "question: id id; question: id", or the message of the error.
  std::string read(std::string_view text) {
    const auto path = folder_.path() / "log";
    EXPECT_TRUE(write_file_atomic(path, text).ok());
    const auto questions = read_answer_log(path);
    if (!questions.ok()) return questions.status().message();
    std::string out;
    for (const LoggedQuestion& question : *questions) {
      out += (out.empty() ? "" : "; ") + question.text + ":";
      for (const std::string& id : question.answers) out += " " + id;
    }
    return out;
  }
  void expect_problem(std::string_view text, const std::string& words) {
    EXPECT_NE(read(text).find(words), std::string::npos) << read(text);
  }

  TempDir folder_;
};

TEST_F(AnswerLog, JsonLinesMergeEqualQuestions) {
  EXPECT_EQ(read("{\"question\":\"where, exactly?\",\"answer_ids\":[\"a\",7],\"user\":1}\n\n"
                 "{\"question\":\"who?\",\"answer_ids\":[\"b\"]}\n"
                 "{\"question\":\" where, exactly? \",\"answer_ids\":[\"a\",\"c\"]}\n"),
            "where, exactly?: a 7 c; who?: b");
}

TEST_F(AnswerLog, CommasAndTabs) {
  EXPECT_EQ(read("question,id\nwho?,a\n\"where, \"\"here\"\"?\",b\r\nwho?,c"),
            "who?: a c; where, \"here\"?: b");
  EXPECT_EQ(read("Query\tid\nwho, then?\ta\n"), "who, then?: a");
  EXPECT_EQ(read("who?,a\nquestion,b\n"), "who?: a; question: b") << "only the first line has names";
}

TEST_F(AnswerLog, ErrorsNameFileAndLine) {
  expect_problem("{\"question\":\"q\"}", "log line 1: the member \"answer_ids\" is missing");
  expect_problem("{\"question\":\"q\",\"answer_ids\":[]}", "no list with ids");
  expect_problem("{\"question\":\"q\",\"answer_ids\":[\"a\",null]}", "one of its answer_ids is no text");
  expect_problem("{\"question\":\"q\",\"answer_ids\":[\"a\"]}\n{\"q\":1}", "line 2: the member \"question\"");
  expect_problem("{\"question\":\" \",\"answer_ids\":[\"a\"]}", "its question is empty");
  expect_problem("{\"question\":", "line 1: ");
  expect_problem("where, exactly?,a\n", "line 1: it has 3 values; expected a question and the id");
  expect_problem("who?,a\nwhere\n", "line 2: it has 1 value;");
  expect_problem("\"who?,a\n", "a value in double quotes does not end");
  expect_problem("\"who\"x,a\n", "a value in double quotes does not end");
  expect_problem("who?\ta\nwhere?\t\"\"\n", "line 2: one of its values is empty");
  expect_problem("question,id\n", "it has no question with the id of an answer");
  expect_problem("", "it has no question with the id of an answer");
}

}  // namespace
}  // namespace rappel
