#include "cli/optimized_file.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

std::string proposal() {
  Tuning tuning;
  tuning.platform = "cpu";
  tuning.machine = {{"cpus", "2 cores"}};
  tuning.settings = {{"RERANK_K", "5", "12 ms per candidate"}, {"EMBEDDING_DEVICE", "auto", "the fastest"}};
  return optimized_text(tuning, std::chrono::system_clock::from_time_t(1'795'896'000));
}

std::string with(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string words_of(const std::string& text) {
  const auto file = parse_optimized(text);
  return file.ok() ? file->words() : file.status().to_string();
}

TEST(OptimizedFile, ReadsItsOwnText) {
  const auto file = parse_optimized(proposal());
  ASSERT_TRUE(file.ok()) << file.status().to_string();
  EXPECT_EQ(file->platform, "cpu");
  EXPECT_EQ(file->words(), "written 2026-11-28T20:00:00Z, not edited");
  ASSERT_EQ(file->settings.size(), 2u);
  EXPECT_EQ(file->settings[0].key, "RERANK_K");
  EXPECT_EQ(file->settings[0].value, "5");
  EXPECT_EQ(file->settings[1].key, "EMBEDDING_DEVICE");
}

TEST(OptimizedFile, NamesEveryEdit) {
  EXPECT_EQ(words_of(with(proposal(), "\nRERANK_K=5\n", "\nRERANK_K=20\n")),
            "written 2026-11-28T20:00:00Z, edited: RERANK_K 5 -> 20");
  EXPECT_EQ(words_of(with(proposal(), "\nRERANK_K=5\n", "\n#RERANK_K=5\n")),
            "written 2026-11-28T20:00:00Z, edited: RERANK_K removed");
  EXPECT_EQ(words_of(proposal() + "CHUNK_SIZE=300\n"),
            "written 2026-11-28T20:00:00Z, edited: CHUNK_SIZE added");
  EXPECT_EQ(words_of(with(proposal(), "\nRERANK_K=5\n", "\r\n# mine\r\nRERANK_K='5'\r\n")),
            "written 2026-11-28T20:00:00Z, not edited")
      << "comments and quotes are no values";
}

TEST(OptimizedFile, RefusesWhatItCannotApply) {
  EXPECT_NE(words_of("RERANK_K=5\n").find("`rappel optimize` did not write it"), std::string::npos);
  EXPECT_NE(words_of(with(proposal(), "# Proposed: ", "# ")).find("its first lines are gone"),
            std::string::npos);
  EXPECT_NE(words_of(proposal() + "odd line\n").find("expected KEY=value"), std::string::npos);
  EXPECT_NE(words_of(proposal() + "RAG_HOST='a b'\n").find("the value of RAG_HOST is empty or needs quotes"),
            std::string::npos);
  EXPECT_NE(words_of(proposal() + "RAG_HOST=\n").find("RAG_HOST"), std::string::npos);
}

TEST(OptimizedFile, LiesBesideTheSettingsFile) {
  EXPECT_EQ(optimized_file_of(".env"), ".env.optimized");
  EXPECT_EQ(optimized_file_of("/srv/rappel.env"), "/srv/.env.optimized");
}

}  // namespace
}  // namespace rappel
