#include "codec/json_lines.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <random>
#include <sstream>
#include <thread>

#include "base/os/line_reader.h"

namespace rappel {
namespace {

// A pipe whose other end writes `text` in pieces of at most `piece` bytes.
class Feed {
 public:
  Feed(std::string text, std::size_t piece) {
    EXPECT_EQ(::pipe(ends_), 0);
    writer_ = std::thread([this, text = std::move(text), piece] {
      for (std::size_t at = 0; at < text.size();) {
        const ssize_t n = ::write(ends_[1], text.data() + at, std::min(piece, text.size() - at));
        if (n <= 0) break;
        at += static_cast<std::size_t>(n);
      }
      ::close(ends_[1]);
    });
  }
  ~Feed() {
    writer_.join();
    ::close(ends_[0]);
  }
  int descriptor() const { return ends_[0]; }

 private:
  int ends_[2] = {-1, -1};
  std::thread writer_;
};

TEST(LineReader, SameLinesAsTheNaiveSplit) {
  std::mt19937 random(7);
  for (int round = 0; round < 30; ++round) {
    std::string text;
    std::vector<std::string> expected;
    const std::size_t limit = 100'000;
    const int lines = static_cast<int>(random() % 20);
    for (int i = 0; i < lines; ++i) {
      const std::size_t length = random() % 4 == 0 ? random() % 200'000 : random() % 50;
      const bool last = i + 1 == lines;
      expected.push_back(length > limit ? "(too long)" : std::string(length, static_cast<char>('a' + i)));
      text += std::string(length, static_cast<char>('a' + i));
      if (!last || length == 0 || round % 2 == 0)
        text += round % 3 == 0 && length + 1 <= limit ? "\r\n" : "\n";
    }
    const Feed feed(text, 1 + random() % 30'000);
    LineReader reader(feed.descriptor(), limit);
    std::vector<std::string> got;
    std::string_view line;
    for (;;) {
      const auto event = reader.next(&line);
      if (event == LineReader::Event::kEnd) break;
      got.push_back(event == LineReader::Event::kTooLong ? "(too long)" : std::string(line));
      EXPECT_EQ(reader.number(), got.size());
    }
    EXPECT_EQ(got, expected);
  }
}

TEST(LineReader, KnowsWhenItWouldWait) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  LineReader reader(ends[0], 100);
  EXPECT_TRUE(reader.would_wait());
  ASSERT_EQ(::write(ends[1], "a\nb\nhalf", 8), 8);
  EXPECT_FALSE(reader.would_wait());
  std::string_view line;
  ASSERT_EQ(reader.next(&line), LineReader::Event::kLine);
  EXPECT_FALSE(reader.would_wait());  // "b" is there
  ASSERT_EQ(reader.next(&line), LineReader::Event::kLine);
  EXPECT_TRUE(reader.would_wait());
  ::close(ends[1]);
  EXPECT_FALSE(reader.would_wait());
  ASSERT_EQ(reader.next(&line), LineReader::Event::kLine);
  EXPECT_EQ(line, "half");
  EXPECT_EQ(reader.next(&line), LineReader::Event::kEnd);
  ::close(ends[0]);
}

TEST(JsonLines, BadLinesAreCountedAndTheRestGoesOn) {
  const Feed feed("{\"id\":7}\n\nnonsense\n[1]\n{\"id\":{\"a\":[1,\"\\u00e9\"]}}\n{}\n", 5);
  std::string reports;
  JsonLineReader reader(feed.descriptor(), 1000, [&](std::size_t line, const std::string& problem) {
    reports += std::to_string(line) + ": " + problem.substr(0, 14) + "\n";
  });
  JsonLineReader::Record record;
  std::string ids;
  while (reader.next(&record)) ids += record.id() + " ";
  EXPECT_EQ(ids, "7 {\"a\":[1,\"\u00e9\"]} 6 ");
  EXPECT_EQ(reports, "3: malformed JSON\n4: expected a JSO\n");
  EXPECT_EQ(reader.rejected(), 2u);
}

TEST(JsonLines, ShortestNumbers) {
  std::string out;
  for (const float value : {0.1f, -1.5e-7f, 16777216.0f, 1.0f / 3, 0.0f})
    append_number(out, value), out += ' ';
  append_number(out, 1.0 / 3);
  out += ' ';
  append_number(out, std::numeric_limits<float>::quiet_NaN());
  EXPECT_EQ(out, "0.1 -1.5e-07 16777216 0.33333334 0 0.3333333333333333 null");
}

}  // namespace
}  // namespace rappel
