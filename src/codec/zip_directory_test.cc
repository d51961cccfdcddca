#include "codec/zip_directory.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/os/file.h"
#include "testing/byte_files.h"
#include "testing/shared_data.h"

namespace rappel {
namespace {

std::string content(const ZipMember& member) {
  return {reinterpret_cast<const char*>(member.bytes.data()), member.bytes.size()};
}

// Reads every view of a copy of exactly these bytes, so that the address sanitizer sees a read beyond them.
Status read_all(const std::string& archive) {
  const auto bytes = exact_bytes(archive);
  const auto zip = ZipDirectory::read(bytes);
  if (!zip) return zip.status();
  unsigned sum = 0;
  for (const ZipMember& member : zip->members())
    for (const std::byte b : member.bytes) sum += static_cast<unsigned>(b);
  volatile unsigned used = sum;
  (void)used;
  return {};
}

const std::vector<ZipBytesMember> kMembers = {
    {.name = "top/data.pkl", .content = "pickle"},
    {.name = "top/data/0", .content = std::string(100, 'x'), .zip64 = true, .padding = 50},
    {.name = "top/data/1", .content = "described after", .descriptor = true, .padding = 7},
    {.name = "empty", .content = ""},
};

TEST(ZipDirectory, FindsMembersOfEveryKind) {
  for (const bool zip64_end : {false, true}) {
    const std::string archive = zip_bytes(kMembers, zip64_end, "a comment");
    const auto bytes = exact_bytes(archive);
    const auto zip = ZipDirectory::read(bytes);
    ASSERT_TRUE(zip.ok()) << zip.status().to_string();
    ASSERT_EQ(zip->members().size(), kMembers.size());
    for (const ZipBytesMember& m : kMembers) {
      const ZipMember* found = zip->find(m.name);
      ASSERT_NE(found, nullptr) << m.name;
      EXPECT_EQ(content(*found), m.content);
      EXPECT_EQ(found->size, m.content.size());
      EXPECT_TRUE(found->stored());
      EXPECT_GE(found->bytes.data(), bytes.data());
    }
    EXPECT_EQ(zip->find("top/data/2"), nullptr);
  }
}

TEST(ZipDirectory, CommentThatLooksLikeAnEndRecord) {
  const std::string archive = zip_bytes(kMembers, false, "PK\5\6" + std::string(18, '\0') + "tail");
  // The last record whose comment fits wins; this one says "no members".
  const auto bytes = exact_bytes(archive);
  const auto zip = ZipDirectory::read(bytes);
  ASSERT_TRUE(zip.ok());
  EXPECT_TRUE(zip->members().empty());
}

TEST(ZipDirectory, ReportsMethodAndEncryption) {
  const std::string archive = zip_bytes({{.name = "deflated", .content = "abc", .method = 8},
                                         {.name = "secret", .content = "abc", .flags = 1}});
  const auto bytes = exact_bytes(archive);
  const auto zip = ZipDirectory::read(bytes);
  ASSERT_TRUE(zip.ok()) << zip.status().to_string();
  EXPECT_FALSE(zip->find("deflated")->stored());
  EXPECT_FALSE(zip->find("secret")->stored());
}

TEST(ZipDirectory, RejectsContradictions) {
  const std::string good = zip_bytes({{.name = "name", .content = "content"}});
  ASSERT_TRUE(read_all(good).ok());
  const std::size_t central = good.find("PK\1\2");
  const std::size_t end = good.find("PK\5\6");
  const auto with = [&](std::size_t at, const std::string& bytes) {
    std::string changed = good;
    return changed.replace(at, bytes.size(), bytes);
  };
  EXPECT_EQ(read_all(with(30, "eman")).message(),
            "damaged zip archive: member name has another name in its local header");
  EXPECT_EQ(read_all(with(8, "\10")).message(),
            "damaged zip archive: member name has two compression methods");
  EXPECT_EQ(read_all(with(18, "\6")).message(), "damaged zip archive: member name has two sizes");
  EXPECT_EQ(read_all(with(central + 24, "\6")).message(),
            "damaged zip archive: member name is stored, but its two sizes differ");
  EXPECT_EQ(read_all(with(central + 42, little(0xfffffffe, 4))).message(),
            "damaged zip archive: member name lies outside the file");
  EXPECT_EQ(read_all(with(central + 42, little(0xffffffff, 4))).message(),
            "damaged zip archive: member name lies outside the file");
  EXPECT_EQ(read_all(with(central + 20, little(200, 4) + little(200, 4))).message(),
            "damaged zip archive: member name is cut off");
  EXPECT_EQ(read_all(with(end + 8, little(2, 2) + little(2, 2))).message(),
            "damaged zip archive: its directory is shorter than it says");
  EXPECT_EQ(read_all(with(end + 4, little(1, 2))).code(), Code::kUnsupported);
  EXPECT_EQ(read_all(zip_bytes({{.name = "a"}, {.name = "a"}})).message(),
            "damaged zip archive: member a is there twice");
  EXPECT_EQ(read_all("").code(), Code::kCorrupt);
}

TEST(ZipDirectory, NumberOfMembersIsLimited) {
  const auto bytes = exact_bytes(zip_bytes(kMembers));
  EXPECT_TRUE(ZipDirectory::read(bytes, 4).ok());
  EXPECT_EQ(ZipDirectory::read(bytes, 3).status().code(), Code::kResourceExhausted);
}

TEST(ZipDirectory, EveryTruncationIsAnError) {
  for (const bool zip64_end : {false, true}) {
    const std::string archive = zip_bytes(kMembers, zip64_end);
    for (std::size_t size = 0; size < archive.size(); ++size)
      EXPECT_FALSE(read_all(archive.substr(0, size)).ok()) << size;
  }
}

TEST(ZipDirectory, MutationsNeverReadOutside) {
  int accepted = 0;
  for (const bool zip64_end : {false, true})
    for_each_mutation(zip_bytes(kMembers, zip64_end, "c"), 10000, 7,
                      [&](const std::string& mutant) { accepted += read_all(mutant).ok(); });
  EXPECT_GT(accepted, 100);  // content bytes and dates may change
  EXPECT_LT(accepted, 15000);
}

TEST(ZipDirectory, OpensOrRejectsEveryHostileArchive) {
  const auto folder = shared_data("hostile/zip");
  if (!folder) GTEST_SKIP() << missing_shared_data();
  int opened = 0;
  int refused = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
    const auto archive = read_file(entry.path());
    ASSERT_TRUE(archive.ok());
    (read_all(*archive).ok() ? opened : refused)++;
  }
  EXPECT_GT(opened, 20);
  EXPECT_GT(refused, 100);  // most are other formats
}

}  // namespace
}  // namespace rappel
