#include "wiring/collections.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "testing/temp_dir.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

class CollectionsTest : public testing::Test {
 protected:
  CollectionSettings create(const std::string& name) {
    auto created = collections_.create({.name = name, .description = "about " + name});
    EXPECT_TRUE(created.ok()) << created.status().to_string();
    return created.ok() ? *created : CollectionSettings();
  }
  std::string names() {
    std::string all;
    const auto listed = collections_.list();
    EXPECT_TRUE(listed.ok()) << listed.status().to_string();
    for (const CollectionSettings& one : *listed) all += one.name + " ";
    return all;
  }

  TempDir temp_;
  const StoreSettings base_{.kind = "sqlite", .values = {{"RAPPEL_DATA_DIR", temp_.path().string()}}};
  Collections collections_ = Collections::beside(base_).value();
};

TEST_F(CollectionsTest, IsThereAfterItsCreationAndGoneAfterItsDrop) {
  EXPECT_EQ(names(), "");
  create("notes");
  CollectionSettings full{.name = "code",
                          .description = "é",
                          .chunk_tokens = 400,
                          .chunk_overlap = 200,
                          .metadata = {{"team", "x"}}};
  ASSERT_TRUE(collections_.create(full).ok());
  EXPECT_EQ(names(), "code notes ");
  const auto found = collections_.find("code");
  ASSERT_TRUE(found.ok());
  EXPECT_GT(found->created_at, 1'700'000'000);
  full.created_at = found->created_at;
  EXPECT_EQ(*found, full);

  ASSERT_TRUE(collections_.drop("code").ok());
  EXPECT_EQ(names(), "notes ");
  EXPECT_EQ(collections_.find("code").status().code(), Code::kNotFound);
  EXPECT_EQ(collections_.drop("code").code(), Code::kNotFound);
  EXPECT_TRUE(collections_.create(full).ok()) << "the name is free again";
}

TEST_F(CollectionsTest, HasAStoreOfItsOwn) {
  create("notes");
  const auto notes = collections_.store("notes");
  ASSERT_TRUE(notes.ok());
  const ModelIdentity model{"model", 2, "revision"};
  ASSERT_TRUE(open_store(*notes, model, nullptr).ok());
  EXPECT_TRUE(describe_store(*notes)->exists);
  EXPECT_FALSE(describe_store(*collections_.store(kDefaultCollection))->exists);
  EXPECT_EQ(collections_.store("others").status().code(), Code::kNotFound);
  ASSERT_TRUE(collections_.drop("notes").ok());
  EXPECT_FALSE(fs::exists(temp_.path() / "collections" / "notes"));
}

TEST_F(CollectionsTest, IsNotDroppedWhileItIsOpen) {
  create("notes");
  const ModelIdentity model{"model", 2, "revision"};
  auto opened = open_store(*collections_.store("notes"), model, nullptr);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(collections_.drop("notes").code(), Code::kUnavailable);
  EXPECT_EQ(names(), "notes ");
  opened->reset();
  EXPECT_TRUE(collections_.drop("notes").ok());
}

TEST_F(CollectionsTest, NameThatIsTakenStaysAsItIs) {
  const CollectionSettings first = create("notes");
  EXPECT_EQ(collections_.create({.name = "notes", .description = "other"}).status().code(),
            Code::kFailedPrecondition);
  EXPECT_EQ(*collections_.find("notes"), first);
  EXPECT_EQ(collections_.create({.name = "default"}).status().code(), Code::kFailedPrecondition);
  EXPECT_EQ(collections_.drop("default").code(), Code::kInvalidArgument);
}

TEST_F(CollectionsTest, OneOfSeveralCreatorsSucceeds) {
  std::vector<std::thread> threads;
  std::atomic<int> created{0};
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] { created += collections_.create({.name = "notes"}).ok() ? 1 : 0; });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(created, 1);
  EXPECT_EQ(names(), "notes ");
}

TEST_F(CollectionsTest, ChangesDescriptionAndMetadataAlone) {
  ASSERT_TRUE(collections_.create({.name = "notes", .chunk_tokens = 100}).ok());
  ASSERT_TRUE(collections_.change({.name = "notes", .description = "new", .metadata = {{"a", "b"}}}).ok());
  const auto found = collections_.find("notes");
  EXPECT_EQ(found->description, "new");
  EXPECT_EQ(found->metadata.at("a"), "b");
  EXPECT_EQ(found->chunk_tokens, 100u);
  EXPECT_EQ(collections_.change({.name = "others"}).status().code(), Code::kNotFound);
}

TEST_F(CollectionsTest, KeepsTitleAndExpiry) {
  ASSERT_TRUE(collections_.create({.name = "notes", .title = "My notes"}).ok());
  EXPECT_EQ(collections_.find("notes")->title, "My notes");
  EXPECT_FALSE(collections_.find("notes")->expire_days);
  ASSERT_TRUE(collections_.change({.name = "notes", .title = "", .expire_days = 365}).ok());
  EXPECT_EQ(collections_.find("notes")->title, "");
  EXPECT_EQ(collections_.find("notes")->expire_days, 365);
  ASSERT_TRUE(collections_.change({.name = "notes"}).ok());
  EXPECT_FALSE(collections_.find("notes")->title);
  EXPECT_FALSE(collections_.find("notes")->expire_days);
  for (const std::int64_t days : {0, 366, -1})
    EXPECT_EQ(collections_.change({.name = "notes", .expire_days = days}).status().code(),
              Code::kInvalidArgument);
  EXPECT_EQ(collections_.change({.name = "notes", .title = std::string(257, 't')}).status().code(),
            Code::kInvalidArgument);
}

TEST_F(CollectionsTest, NamesThatAreNoFolderOfTheirOwnAreRefused) {
  for (const char* name :
       {"", ".", "..", "../x", "a/b", "A", "é", "-a", "_a", "a b", "a\n", ".unfinished-x"}) {
    EXPECT_EQ(collections_.create({.name = name}).status().code(), Code::kInvalidArgument) << name;
    EXPECT_EQ(collections_.find(name).status().code(), Code::kNotFound) << name;
  }
  EXPECT_TRUE(check_collection_name(std::string(64, 'a')).ok());
  EXPECT_FALSE(check_collection_name(std::string(65, 'a')).ok());
  EXPECT_TRUE(check_collection_name("vs_0a-1").ok());
}

TEST_F(CollectionsTest, SettingsOutOfBoundsAreRefused) {
  const auto refused = [&](CollectionSettings settings) {
    settings.name = "notes";
    return collections_.create(settings).status().code() == Code::kInvalidArgument;
  };
  EXPECT_TRUE(refused({.description = std::string(513, 'x')}));
  EXPECT_TRUE(refused({.chunk_tokens = 15}));
  EXPECT_TRUE(refused({.chunk_tokens = 8193}));
  EXPECT_TRUE(refused({.chunk_tokens = 100, .chunk_overlap = 51}));
  EXPECT_TRUE(refused({.chunk_overlap = 1}));
  EXPECT_TRUE(refused({.metadata = {{"", "x"}}}));
  EXPECT_TRUE(refused({.metadata = {{"x", std::string(513, 'x')}}}));
  EXPECT_EQ(names(), "");
}

TEST_F(CollectionsTest, DamagedSettingsAreNamed) {
  create("notes");
  std::ofstream(temp_.path() / "collections" / "notes" / "collection.json") << "{";
  const Status damaged = collections_.find("notes").status();
  EXPECT_EQ(damaged.code(), Code::kCorrupt);
  EXPECT_NE(damaged.message().find("\"notes\""), std::string::npos) << damaged.message();
}

TEST_F(CollectionsTest, LeftoverOfAnEndedProcessIsRemovedLater) {
  const fs::path old = temp_.path() / "collections" / ".unfinished-old";
  const fs::path young = temp_.path() / "collections" / ".unfinished-young";
  fs::create_directories(old);
  fs::create_directories(young);
  fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(2));
  create("notes");
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(young));
  EXPECT_EQ(names(), "notes ");
}

}  // namespace
}  // namespace rappel
