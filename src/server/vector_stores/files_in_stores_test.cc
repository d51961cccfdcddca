#include "server/vector_stores/files_in_stores.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <string>

#include "base/os/file.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

using namespace std::chrono_literals;

StoredFile file(const std::string& id, const std::string& owner = "me") {
  StoredFile made;
  made.file_id = id;
  made.name = id + ".txt";
  made.owner = owner;
  made.bytes = 3;
  made.created_us = 1000;
  made.attributes = {{"lang", std::string("en")}, {"year", std::int64_t{2020}}, {"part", 0.5}, {"yes", true}};
  return made;
}

class FilesInStoresTest : public testing::Test {
 protected:
  FilesInStoresTest() { open(); }
  void open(FilesInStores::Limits limits = {}) {
    stores_ = std::make_unique<FilesInStores>(dir_.path(), limits, nullptr);
    stores_->open();
    stores_->meet("one", 5);
    stores_->meet("two", 6);
  }
  StoreWork take() {
    auto work = stores_->take({});
    EXPECT_TRUE(work.has_value());
    return work ? *work : StoreWork();
  }
  std::string state(const std::string& store, const std::string& id) {
    const auto found = stores_->find(store, id);
    return found ? std::string(file_state_name(found->state)) : "none";
  }

  const TempDir dir_;
  std::unique_ptr<FilesInStores> stores_;
};

TEST_F(FilesInStoresTest, WhatIsAddedIsReadAndSettled) {
  ASSERT_TRUE(stores_->add("one", {file("a"), file("b")}, nullptr).ok());
  EXPECT_EQ(state("one", "a"), "in_progress");
  const StoreWork work = take();
  ASSERT_EQ(work.files.size(), 2u);
  EXPECT_EQ(work.store, "one");
  EXPECT_FALSE(stores_->settle("one", work.files[0], {}));
  EXPECT_FALSE(stores_->settle("one", work.files[1], {FileState::kFailed, "invalid_file", "why"}));
  EXPECT_EQ(state("one", "a"), "completed");
  EXPECT_EQ(state("one", "b"), "failed");
  EXPECT_EQ(state("two", "a"), "none");
}

TEST_F(FilesInStoresTest, ARestartGoesOn) {
  FileBatch batch{"vsfb_1", "me", 7, {"a", "b"}, false};
  StoredFile sized = file("b");
  sized.chunks = ChunkSizes{100, 50};
  ASSERT_TRUE(stores_->add("one", {file("a"), sized}, &batch).ok());
  const StoreWork work = take();
  stores_->settle("one", work.files[0], {FileState::kFailed, "unsupported_file", "no reader"});
  open();
  const auto a = stores_->find("one", "a"), b = stores_->find("one", "b");
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->state, FileState::kFailed);
  EXPECT_EQ(a->error_code, "unsupported_file");
  EXPECT_EQ(a->error, "no reader");
  EXPECT_EQ(a->attributes, file("a").attributes);
  EXPECT_EQ(b->state, FileState::kInProgress);
  EXPECT_EQ(b->chunks, (ChunkSizes{100, 50}));
  ASSERT_TRUE(stores_->batch("one", "vsfb_1"));
  EXPECT_EQ(stores_->batch("one", "vsfb_1")->files, batch.files);
  const StoreWork rest = take();
  ASSERT_EQ(rest.files.size(), 1u);
  EXPECT_EQ(rest.files[0].file_id, "b");
}

TEST_F(FilesInStoresTest, ACutLineIsNotThere) {
  ASSERT_TRUE(stores_->add("one", {file("a")}, nullptr).ok());
  FileBatch batch{"vsfb_1", "me", 7, {"b", "c"}, false};
  ASSERT_TRUE(stores_->add("one", {file("b"), file("c")}, &batch).ok());
  const auto journal = dir_.path() / "one" / "journal";
  const std::string text = *read_file(journal);
  ASSERT_EQ(::truncate(journal.c_str(), static_cast<off_t>(text.size() - 20)), 0);
  open();
  EXPECT_EQ(state("one", "a"), "in_progress");
  EXPECT_EQ(state("one", "b"), "none");  // the batch was not accepted: nothing of it is there
  EXPECT_FALSE(stores_->batch("one", "vsfb_1"));
  ASSERT_TRUE(stores_->add("one", {file("d")}, nullptr).ok());  // the cut line does not swallow it
  open();
  EXPECT_EQ(state("one", "d"), "in_progress");
}

TEST_F(FilesInStoresTest, LeavingIsResumedAfterACrash) {
  ASSERT_TRUE(stores_->add("one", {file("a")}, nullptr).ok());
  stores_->settle("one", take().files[0], {});
  const auto mine = stores_->leave("one", "a");
  ASSERT_TRUE(mine.ok());
  EXPECT_TRUE(*mine);
  EXPECT_EQ(state("one", "a"), "none");
  EXPECT_TRUE(stores_->list("one").empty());
  EXPECT_EQ(stores_->add("one", {file("a")}, nullptr).code(), Code::kFailedPrecondition);
  open();
  EXPECT_EQ(stores_->leaving(), (std::vector<std::pair<std::string, std::string>>{{"one", "a"}}));
  stores_->left("one", "a");
  EXPECT_TRUE(stores_->leaving().empty());
  open();
  EXPECT_TRUE(stores_->leaving().empty());
  EXPECT_TRUE(stores_->add("one", {file("a")}, nullptr).ok());
}

TEST_F(FilesInStoresTest, AFileThatLeavesWhileItIsReadIsLeftToTheWorker) {
  ASSERT_TRUE(stores_->add("one", {file("a"), file("b")}, nullptr).ok());
  StoreWork work = take();
  EXPECT_FALSE(*stores_->leave("one", "a"));
  EXPECT_FALSE(*stores_->leave("one", "b"));
  EXPECT_TRUE(stores_->settle("one", work.files[0], {}));
  work.files.erase(work.files.begin());
  const auto leaving = stores_->give_back(work, 0s);
  ASSERT_EQ(leaving.size(), 1u);
  EXPECT_EQ(leaving[0].file_id, "b");
}

TEST_F(FilesInStoresTest, AnOldResultDoesNotCount) {
  ASSERT_TRUE(stores_->add("one", {file("a")}, nullptr).ok());
  const StoreWork old = take();
  StoredFile changed = file("a");
  changed.attributes["lang"] = std::string("fr");
  ASSERT_TRUE(stores_->add("one", {changed}, nullptr).ok());
  EXPECT_FALSE(stores_->settle("one", old.files[0], {}));
  EXPECT_EQ(state("one", "a"), "in_progress");
  const StoreWork fresh = take();
  ASSERT_EQ(fresh.files.size(), 1u);
  EXPECT_EQ(std::get<std::string>(fresh.files[0].attributes.at("lang")), "fr");
  stores_->settle("one", fresh.files[0], {});
  EXPECT_EQ(state("one", "a"), "completed");
}

TEST_F(FilesInStoresTest, CancelStopsWhatWaits) {
  FileBatch batch{"vsfb_1", "me", 7, {}, false};
  std::vector<StoredFile> files;
  for (int i = 0; i < 20; ++i) {
    files.push_back(file("f" + std::to_string(i)));
    batch.files.push_back(files.back().file_id);
  }
  ASSERT_TRUE(stores_->add("one", files, &batch).ok());
  const StoreWork work = take();
  ASSERT_EQ(work.files.size(), 16u);
  ASSERT_TRUE(stores_->cancel("one", "vsfb_1").ok());
  EXPECT_EQ(state("one", "f19"), "cancelled");
  EXPECT_EQ(state("one", "f0"), "in_progress");
  stores_->settle("one", work.files[0], {});
  EXPECT_EQ(state("one", "f0"), "completed");
  ASSERT_TRUE(stores_->add("one", {file("z")}, nullptr).ok());
  const StoreWork next = take();
  ASSERT_EQ(next.files.size(), 1u);
  EXPECT_EQ(next.files[0].file_id, "z");
  open();
  EXPECT_TRUE(stores_->batch("one", "vsfb_1")->cancelled);
  EXPECT_EQ(state("one", "f19"), "cancelled");
  EXPECT_EQ(state("one", "f1"), "in_progress");
}

TEST_F(FilesInStoresTest, OwnersTakeTurns) {
  std::vector<StoredFile> many;
  for (int i = 0; i < 40; ++i) many.push_back(file("m" + std::to_string(i), "busy"));
  ASSERT_TRUE(stores_->add("one", many, nullptr).ok());
  ASSERT_TRUE(stores_->add("two", {file("x", "small")}, nullptr).ok());
  EXPECT_EQ(take().owner, "busy");
  EXPECT_EQ(take().owner, "small");
  EXPECT_EQ(take().owner, "busy");
}

TEST_F(FilesInStoresTest, GivenBackFilesComeAgain) {
  ASSERT_TRUE(stores_->add("one", {file("a"), file("b")}, nullptr).ok());
  EXPECT_TRUE(stores_->give_back(take(), 0s).empty());
  const StoreWork again = take();
  ASSERT_EQ(again.files.size(), 2u);
  EXPECT_EQ(again.files[0].file_id, "a");
}

TEST_F(FilesInStoresTest, AttributesGiveTheirRoomBack) {
  const FilesInStores::Limits limits{.attribute_bytes = 10'000};
  const auto large = [](const std::string& id, std::size_t bytes) {
    StoredFile made = file(id);
    made.attributes["text"] = std::string(bytes, 't');
    return made;
  };
  open(limits);
  ASSERT_TRUE(stores_->add("one", {large("a", 6000)}, nullptr).ok());
  EXPECT_EQ(stores_->add("two", {large("b", 6000)}, nullptr).code(), Code::kResourceExhausted);
  ASSERT_TRUE(stores_->add("one", {large("a", 3000)}, nullptr).ok()) << "read again with shorter ones";
  EXPECT_TRUE(stores_->add("two", {large("b", 6000)}, nullptr).ok());
  open(limits);
  EXPECT_EQ(stores_->add("one", {large("c", 2000)}, nullptr).code(), Code::kResourceExhausted);
  ASSERT_TRUE(*stores_->leave("two", "b"));
  stores_->left("two", "b");
  EXPECT_TRUE(stores_->add("one", {large("c", 2000)}, nullptr).ok());
  stores_->forget("one");
  stores_->meet("one", 7);
  EXPECT_TRUE(stores_->add("one", {large("c", 9000)}, nullptr).ok());
}

TEST_F(FilesInStoresTest, LimitsCountNewFilesAlone) {
  open({.files_in_store = 2, .files = 3, .attribute_bytes = 10'000, .batches_in_store = 2});
  ASSERT_TRUE(stores_->add("one", {file("a"), file("b")}, nullptr).ok());
  EXPECT_EQ(stores_->add("one", {file("c")}, nullptr).code(), Code::kResourceExhausted);
  EXPECT_TRUE(stores_->add("one", {file("b")}, nullptr).ok());
  EXPECT_TRUE(stores_->add("two", {file("a")}, nullptr).ok());
  EXPECT_EQ(stores_->add("two", {file("b")}, nullptr).code(), Code::kResourceExhausted);
  StoredFile large = file("a");
  large.attributes["text"] = std::string(10'000, 't');
  EXPECT_EQ(stores_->add("two", {large}, nullptr).code(), Code::kResourceExhausted);
  for (int i = 0; i < 3; ++i) {
    const FileBatch batch{"vsfb_" + std::to_string(i), "me", i, {"a"}, false};
    ASSERT_TRUE(stores_->add("one", {file("a")}, &batch).ok());
  }
  EXPECT_FALSE(stores_->batch("one", "vsfb_0"));
  EXPECT_TRUE(stores_->batch("one", "vsfb_2"));
}

TEST_F(FilesInStoresTest, AnotherCollectionOfTheNameBeginsEmpty) {
  ASSERT_TRUE(stores_->add("one", {file("a")}, nullptr).ok());
  stores_->meet("one", 5);
  EXPECT_EQ(state("one", "a"), "in_progress");
  stores_->meet("one", 99);
  EXPECT_EQ(state("one", "a"), "none");
  EXPECT_FALSE(std::filesystem::exists(dir_.path() / "one"));
}

TEST_F(FilesInStoresTest, UseIsRemembered) {
  EXPECT_FALSE(stores_->last_active("one"));
  stores_->note_active("one");
  const auto used = stores_->last_active("one");
  ASSERT_TRUE(used);
  open();
  EXPECT_EQ(stores_->last_active("one"), used);
}

TEST_F(FilesInStoresTest, AJournalIsShortened) {
  for (int i = 0; i < 1200; ++i) {
    ASSERT_TRUE(stores_->add("one", {file("a")}, nullptr).ok());
    if (i % 400 == 0) stores_->settle("one", take().files[0], {});
  }
  EXPECT_LT((*read_file(dir_.path() / "one" / "journal")).size(), 400'000u);
  open();
  EXPECT_EQ(state("one", "a"), "in_progress");
}

}  // namespace
}  // namespace rappel
