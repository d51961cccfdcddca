#include "codec/json_items.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

namespace rappel {
namespace {

// "item: object" of each item, and "item! problem".
std::string read_all(const std::string& text, std::size_t max_item = 1000) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  std::thread writer([&] {
    EXPECT_EQ(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
    ::close(ends[1]);
  });
  std::string out;
  JsonItemReader items(ends[0], max_item, [&](std::size_t item, const std::string& problem) {
    out += std::to_string(item) + "! " + problem + "\n";
  });
  JsonItemReader::Record record;
  while (items.next(&record)) out += std::to_string(record.item) + ": " + dump_json(record.object) + "\n";
  EXPECT_FALSE(items.next(&record));
  writer.join();
  ::close(ends[0]);
  return out;
}

TEST(JsonItems, AreReadOneByOne) {
  EXPECT_EQ(read_all(" [ ]\n"), "");
  EXPECT_EQ(read_all("\xEF\xBB\xBF[{\"a\":1},\n {\"b\":\"],}\\\"\\\\\",\"c\":[1,{}]} ]"),
            "1: {\"a\":1}\n2: {\"b\":\"],}\\\"\\\\\",\"c\":[1,{}]}\n");
  const std::string large(100'000, 'x');
  EXPECT_EQ(read_all("[{\"a\":\"" + large + "\"}]", 200'000), "1: {\"a\":\"" + large + "\"}\n");
}

TEST(JsonItems, BadItemCostsNoOther) {
  const std::string items = read_all("[{\"a\":1},7,{\"b\":},{\"c\":3}]");
  EXPECT_TRUE(items.starts_with("1: {\"a\":1}\n2! is no JSON object\n3! malformed")) << items;
  EXPECT_TRUE(items.ends_with("\n4: {\"c\":3}\n")) << items;
  EXPECT_EQ(read_all("[{\"a\":\"" + std::string(5000, 'x') + "\"},{\"b\":2}]"),
            "1! is longer than 1000 bytes\n2: {\"b\":2}\n");
}

TEST(JsonItems, DamageOfTheListEndsIt) {
  EXPECT_EQ(read_all(""), "1! the file is no JSON list\n");
  EXPECT_EQ(read_all("{\"a\":1}"), "1! the file is no JSON list\n");
  EXPECT_EQ(read_all("[{\"a\":1},{\"b\":"), "1: {\"a\":1}\n2! the list is cut off\n");
  EXPECT_EQ(read_all("["), "1! the list is cut off\n");
  EXPECT_EQ(read_all("[{\"a\":1}"), "1! the list is cut off\n");
}

}  // namespace
}  // namespace rappel
