#include "store/sqlite/log_mending.h"

#include <gtest/gtest.h>

#include <random>

#include "base/os/file.h"
#include "store/conformance/store_test_util.h"
#include "store/sqlite/log_format.h"
#include "store/sqlite/sqlite_store.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFrame = sqlite::kFrameHeaderBytes + 4096;

// The log of a store with some commits.
std::string some_log() {
  TempDir temp;
  SqliteStoreOptions options;
  options.folder = temp.path() / "data";
  options.model = {"test/model", 8, "r1"};
  options.reserve_bytes = 0;
  const auto store = open_sqlite_store(options);
  for (int i = 0; i < 8; ++i)
    EXPECT_TRUE((*store)->upsert({document("d" + std::to_string(i), {"one", "two"}, 8)}).ok());
  return *read_file(options.folder / "rappel.db-wal");
}

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

// Frames up to the end of the chain.
std::size_t whole_frames(const std::string& log) {
  using namespace sqlite;
  const auto bytes = bytes_of(log);
  LogSum sum = LogSum::stored(bytes.data() + kLogHeaderSumAt);
  std::size_t frames = 0;
  for (std::size_t at = kLogHeaderBytes; at + kFrame <= log.size(); at += kFrame, ++frames) {
    const auto frame = bytes.subspan(at, kFrame);
    sum = frame_sum(sum, frame, frame.subspan(kFrameHeaderBytes));
    if (!(sum == LogSum::stored(&frame[kFrameSumAt]))) break;
  }
  return frames;
}

TEST(LogMending, AWholeLogNeedsNothing) {
  const std::string log = some_log();
  EXPECT_GT(whole_frames(log), 20u);
  EXPECT_FALSE(sqlite::mend_log(log));
  EXPECT_FALSE(sqlite::mend_log(""));
}

// High bits of different words leave the same trace in the checksum: those are not guessed.
TEST(LogMending, OneBitIsFoundOrLeftAlone) {
  const std::string log = some_log();
  const std::size_t used = sqlite::kLogHeaderBytes + whole_frames(log) * kFrame;
  std::mt19937 random(1);
  int found = 0, exact = 0;
  for (int i = 0; i < 30; ++i) {
    std::string damaged = log;
    // Headers are hit as often as pages.
    const std::size_t frame = random() % whole_frames(log);
    const std::size_t at = i == 0       ? random() % 24
                           : i % 2 == 0 ? sqlite::kLogHeaderBytes + frame * kFrame + random() % 24
                                        : random() % used;
    damaged[at] ^= static_cast<char>(1 << random() % 8);
    const auto mended = sqlite::mend_log(damaged);
    if (!mended || mended->frames != whole_frames(log)) continue;
    ++found;
    // A page that comes again later need not be the one that was.
    const bool same = mended->bytes == log.substr(0, used);
    EXPECT_TRUE(same || whole_frames(mended->bytes) == mended->frames) << "byte " << at;
    exact += same ? 1 : 0;
  }
  EXPECT_GT(found, 20);
  EXPECT_GT(exact, 15);
}

TEST(LogMending, ADamagedPageCountsOnlyIfNoLaterFrameHasIt) {
  const std::string log = some_log();
  const std::size_t frames = whole_frames(log);
  const auto number = [&](std::size_t i) {
    return sqlite::big_endian(bytes_of(log).data() + sqlite::kLogHeaderBytes + i * kFrame);
  };
  for (std::size_t i = 0; i < frames; ++i) {
    std::string damaged = log;
    damaged.replace(sqlite::kLogHeaderBytes + i * kFrame + sqlite::kFrameHeaderBytes + 100, 2000, 2000, 'x');
    bool comes_again = false;
    for (std::size_t j = i + 1; j < frames; ++j) comes_again |= number(j) == number(i);
    const auto mended = sqlite::mend_log(damaged);
    EXPECT_EQ(mended && mended->frames == frames, comes_again) << "frame " << i;
    if (mended) {
      EXPECT_EQ(whole_frames(mended->bytes), mended->frames);
    }
  }
}

}  // namespace
}  // namespace rappel
