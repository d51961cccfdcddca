#include "wiring/stores.h"

#include <gtest/gtest.h>

#include "testing/temp_dir.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

const ModelIdentity kModel{"model", 2, "revision"};

StoreSettings at(const fs::path& folder) {
  return {.kind = "sqlite", .values = {{"RAPPEL_DATA_DIR", folder.string()}}};
}

TEST(Stores, MissingStoreSaysWhatToDo) {
  const TempDir temp;
  const auto description = describe_store(at(temp.path() / "none" / "." / "yet"));
  ASSERT_TRUE(description.ok());
  EXPECT_FALSE(description->exists);
  EXPECT_EQ(description->place, (temp.path() / "none/yet").string());
  EXPECT_EQ(description->setting, "RAPPEL_DATA_DIR");
  EXPECT_EQ(description->unwritable, "");
  EXPECT_EQ(description->missing.code(), Code::kNotFound);
  EXPECT_TRUE(description->missing.message().starts_with("there is no store in " + description->place +
                                                         ", which does not exist: set RAPPEL_DATA_DIR"))
      << description->missing.message();
  EXPECT_FALSE(fs::exists(temp.path() / "none"));
}

TEST(Stores, OpenedStoreExists) {
  const TempDir temp;
  ASSERT_TRUE(open_store(at(temp.path()), kModel, nullptr).ok());
  const auto description = describe_store(at(temp.path()));
  ASSERT_TRUE(description.ok());
  EXPECT_TRUE(description->exists);
  EXPECT_TRUE(description->missing.ok());
  ASSERT_EQ(description->files.size(), 1u);
  EXPECT_TRUE(fs::exists(description->files[0]));
  EXPECT_EQ(inspect_store(at(temp.path()), &kModel)->documents, 0u);
}

TEST(Stores, FolderBelowAFileIsUnwritable) {
  const TempDir temp;
  ASSERT_TRUE(open_store(at(temp.path()), kModel, nullptr).ok());
  const fs::path file = describe_store(at(temp.path()))->files[0];
  EXPECT_EQ(describe_store(at(file / "data"))->unwritable, file.string() + " is not a folder");
  const Status status = open_store(at(file), kModel, nullptr).status();
  EXPECT_EQ(status.id(), "data-folder");
  EXPECT_EQ(status.message(), "cannot create a store in " + file.string() + ": " + file.string() +
                                  " is not a folder; set RAPPEL_DATA_DIR or --data-dir to a folder that this "
                                  "user may write");
}

TEST(Stores, ScratchStoreIsEmptyAndLeavesNothing) {
  const TempDir temp;
  ASSERT_TRUE(open_store(at(temp.path() / "data"), kModel, nullptr).ok());
  std::string place;
  {
    const auto scratch = open_scratch_store(at(temp.path() / "data"), kModel, nullptr);
    ASSERT_TRUE(scratch.ok()) << scratch.status().to_string();
    place = fs::path(scratch->store->info().location).parent_path().string();
    EXPECT_TRUE(fs::exists(place)) << place;
    EXPECT_FALSE(place.starts_with(temp.path().string())) << place;
    EXPECT_EQ(scratch->store->stats()->documents, 0u);
  }
  EXPECT_FALSE(fs::exists(place)) << place;
}

TEST(Stores, UnknownStoreNamesThoseOfTheBuild) {
  const StoreSettings settings{.kind = "pinecone", .values = {}};
  for (const Status& status :
       {describe_store(settings).status(), open_store(settings, kModel, nullptr).status(),
        inspect_store(settings, nullptr).status(), open_scratch_store(settings, kModel, nullptr).status()}) {
    EXPECT_EQ(status.code(), Code::kUnsupported);
    EXPECT_EQ(status.id(), "setting");
    EXPECT_EQ(status.message(),
              "datastore 'pinecone' is not in this build, which has: sqlite. Set DATASTORE=sqlite");
  }
}

}  // namespace
}  // namespace rappel
