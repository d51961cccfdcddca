#include "ingest/extract/zygote.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "ingest/content/collected.h"
#include "ingest/extract/reader_program.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

const ZygoteKind kType = {"text/plain"};

// Programs in place of rappel-extract. tests/e2e/test_zygote.py runs the real one.
class ZygoteTest : public testing::Test {
 protected:
  ZygoteTest() { std::signal(SIGPIPE, SIG_IGN); }

  std::string program(const std::string& script) {
    const std::filesystem::path path = folder_.path() / "program";
    std::ofstream(path) << "#!/bin/sh\n" << script;
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path.string();
  }
  static std::unique_ptr<Zygote> start(const std::string& program) {
    auto zygote = Zygote::start(program, kType);
    return zygote.ok() ? std::move(*zygote) : nullptr;
  }

  TempDir folder_;
};

TEST_F(ZygoteTest, MissingProgramIsNotFound) {
  EXPECT_EQ(Zygote::start("/nowhere/program", kType).status().code(), Code::kNotFound);
  EXPECT_EQ(ZygotePool().take("/nowhere/program", kType), nullptr);
}

TEST_F(ZygoteTest, ProgramThatEndsIsALoss) {
  const auto zygote = start(program("exit 1"));
  ASSERT_NE(zygote, nullptr);
  const auto end = zygote->read({}, [](std::string_view) {}, {});
  EXPECT_EQ(end.status().code(), Code::kUnavailable);
}

// Each program closes the socket of the zygote without an answer, and leaves a file.
TEST_F(ZygoteTest, OfficeZygoteIsAProgramOfItsOwn) {
  const auto started = [&](const std::string& path, const ZygoteKind& kind) {
    const auto zygote = Zygote::start(path, kind);
    if (!zygote.ok()) return zygote.status().to_string();
    (void)(*zygote)->read({}, [](std::string_view) {}, {});
    std::string all;
    for (const char* name : {"general", "office"})
      if (std::filesystem::remove(folder_.path() / name)) all += name;
    return all;
  };
  const std::string folder = folder_.path().string(), general = program("touch " + folder + "/general");
  EXPECT_EQ(started(general, {kOfficeZygote}), "general");
  std::filesystem::copy_file(general, general + "-office");
  std::ofstream(general + "-office") << "#!/bin/sh\ntouch " << folder << "/office";
  EXPECT_EQ(started(general, {kOfficeZygote}), "office");
  EXPECT_EQ(started(general, kType), "general");
}

TEST_F(ZygoteTest, StopEndsAZygoteThatDoesNotAnswer) {
  const auto zygote = start(program("exec sleep 600"));
  ASSERT_NE(zygote, nullptr);
  std::stop_source stop;
  ChildCommand command;
  command.waiting = [&] { stop.request_stop(); };
  const auto end = zygote->read(
      command, [](std::string_view) {}, stop.get_token());
  EXPECT_EQ(end.status().code(), Code::kCancelled);
}

TEST_F(ZygoteTest, PoolGivesUpAfterLossesInARow) {
  const std::string silent = program("exec sleep 600");
  ZygotePool pool;
  for (int round = 0; round < 2; ++round) {
    pool.note_loss(kType);
    pool.note_loss(kType);
    auto zygote = pool.take(silent, kType);
    ASSERT_NE(zygote, nullptr) << "two losses are not enough, and a read file forgives them";
    pool.give_back(kType, std::move(zygote));
  }
  for (int loss = 0; loss < 3; ++loss) pool.note_loss(kType);
  EXPECT_EQ(pool.take(silent, kType), nullptr);
  EXPECT_NE(pool.take(silent, ZygoteKind{"application/pdf"}), nullptr) << "other types have their own";
}

// The last frame of a content without anything: type, length, code, length of the message.
constexpr char kEnd[] = "printf 'E\\010\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000'\n";

TEST_F(ZygoteTest, FileOfALostZygoteIsReadByAFreshProcess) {
  const std::string path = program(std::string("[ \"$1\" = --zygote ] && exit 1\ncat >/dev/null\n") + kEnd);
  const std::string before = extract_program().string();
  ::setenv("RAPPEL_EXTRACT", path.c_str(), 1);
  CollectedContent content;
  for (int file = 0; file < 5; ++file) {
    const auto reading =
        read_with_program("bytes", {"a", "", ""}, {}, [&]() -> ContentSink& { return content; });
    ASSERT_TRUE(reading.ok()) << reading.status().to_string();
    EXPECT_FALSE(reading->failure.has_value());
    EXPECT_FALSE(reading->killed);
  }
  ::setenv("RAPPEL_EXTRACT", before.c_str(), 1);
}

}  // namespace
}  // namespace rappel
