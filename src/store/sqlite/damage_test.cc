// Random damage of a store's files, at rest and after a kill. Each is harmless (every answer is as before) or
// named (an error with an id, or trouble() when commits are lost): never a wrong answer.
//
// RAPPEL_DAMAGES sets the number of damages of each test (60 in the ordinary run), RAPPEL_SEED the places.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <random>

#include "store/sqlite/commit_record.h"
#include "store/sqlite/test_damage.h"
#include "store/sqlite/test_sql.h"
#include "testing/setting.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

using namespace damage;

// A byte in a leaf page of an index over a metadata column.
std::size_t index_place(const std::string& bytes) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i + 4 < bytes.size(); ++i)
    if (bytes.compare(i, 4, "chat") == 0 && bytes[i / kPage * kPage] == 10) places.push_back(i);
  EXPECT_FALSE(places.empty());
  return places.empty() ? 0 : places[places.size() / 2];
}

std::string apply_damage(std::string& bytes, std::size_t used, std::mt19937& random, bool one_bit) {
  if (one_bit) {
    const std::size_t at = random() % used;
    bytes[at] ^= static_cast<char>(1 << random() % 8);
    return fmt::format("a bit of byte {}", at);
  }
  const std::size_t page = random() % (used / kPage) * kPage;
  switch (random() % 4) {
    case 0: std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(page), kPage, '\0'); break;
    case 1:
      for (std::size_t i = 0; i < kPage; ++i) bytes[page + i] = static_cast<char>(random());
      break;
    case 2: bytes.replace(page, kPage, bytes.substr(random() % (used / kPage) * kPage, kPage)); break;
    default: std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(page + 2048), 512, '\0');
  }
  return fmt::format("the page at byte {}", page);
}

class Damage : public testing::Test {
 protected:
  // A store with documents; `log`: as a kill leaves it, with commits in the log.
  Files make(bool log) {
    const fs::path folder = temp_.path() / "whole";
    auto store = open_sqlite_store(options_for(folder));
    EXPECT_TRUE(store.ok()) << store.status().to_string();
    EXPECT_TRUE((*store)->upsert(some_documents(0, 120)).ok());
    if (log) {  // what is above is in the database, what follows in the log
      store->reset();
      store = open_sqlite_store(options_for(folder));
      for (int i = 0; i < 12; ++i) EXPECT_TRUE((*store)->upsert(some_documents(i * 11, 3)).ok());
      EXPECT_TRUE((*store)->remove(Filter::equals("author", std::string("author 5"))).ok());
      EXPECT_TRUE((*store)->upsert(some_documents(200, 2)).ok());
    }
    expected_ = ask(**store).text;
    if (!log) store->reset();
    Files files = read_files(folder);
    EXPECT_EQ(files.contains("rappel.db-wal"), log);
    return files;
  }

  // One damaged store is opened and asked.
  void judge(const Files& files, const std::string& what) {
    const fs::path folder = temp_.path() / "damaged";
    fs::remove_all(folder);
    write_files(files, folder);
    const auto store = open_sqlite_store(options_for(folder));
    if (!store.ok()) return name_it(store.status(), what);
    const Answers answers = ask(**store);
    if (!answers.error.ok()) return name_it(answers.error, what);
    const Status trouble = (*store)->trouble();
    if (!trouble.ok()) return name_it(trouble, what);
    EXPECT_EQ(answers.text, expected_) << what;
    ++harmless_;
    const auto removed = (*store)->remove(filters()[1]);
    if (!removed.ok()) return name_it(removed.status(), what);
    const auto left = (*store)->list(Filter::all(), 0, 1000);
    if (!left.ok()) return name_it(left.status(), what);
    for (const DocumentSummary& d : left->documents) EXPECT_NE(d.metadata.source, "chat") << what;
  }

  void name_it(const Status& status, const std::string& what) {
    EXPECT_FALSE(status.id().empty()) << what << ": " << status.to_string();
    ++named_[std::string(status.id())];
  }

  void damage_many(const Files& files, const std::string& name, std::size_t used) {
    const long damages = setting("RAPPEL_DAMAGES", 60);
    std::mt19937 random(static_cast<unsigned>(setting("RAPPEL_SEED", 1)));
    for (long i = 0; i < damages && !HasFailure(); ++i) {
      Files damaged = files;
      const std::string what = apply_damage(damaged[name], used, random, i % 4 != 3);
      judge(damaged, name + ", " + what + fmt::format(" (damage {})", i));
    }
    std::string words = fmt::format("harmless {}", harmless_);
    for (const auto& [id, count] : named_) words += fmt::format(", {} {}", id, count);
    std::printf("%s\n", words.c_str());
  }

  TempDir temp_;
  std::string expected_;
  long harmless_ = 0;
  std::map<std::string, long> named_;
};

TEST_F(Damage, OfTheDatabase) {
  const Files files = make(false);
  damage_many(files, "rappel.db", files.at("rappel.db").size());
  EXPECT_GT(named_["store-damaged"], 0);
}

TEST_F(Damage, OfTheDatabaseUnderALog) {
  const Files files = make(true);
  damage_many(files, "rappel.db", files.at("rappel.db").size());
  EXPECT_GT(named_["store-damaged"], 0);
}

TEST_F(Damage, OfTheLogAfterAKill) {
  const Files files = make(true);
  damage_many(files, "rappel.db-wal", files.at("rappel.db-wal").size());
  EXPECT_GT(named_["log-mended"], 0);
}

TEST_F(Damage, OfTheCommitRecord) {
  const Files files = make(true);
  damage_many(files, "rappel.db-commits", files.at("rappel.db-commits").size());
}

// The reproduction: one bit in a leaf page of an index over a metadata column.
TEST_F(Damage, OfAnIndexPageIsNamedAndMended) {
  Files files = make(false);
  std::string& bytes = files["rappel.db"];
  bytes[index_place(bytes)] ^= 0x10;
  judge(files, "an index page");
  EXPECT_EQ(named_["store-damaged"], 1);
  const auto options = options_for(temp_.path() / "damaged");
  const auto verified = verify_sqlite_store(options);
  ASSERT_TRUE(verified.ok()) << verified.status().to_string();
  ASSERT_FALSE(verified->findings.empty());
  EXPECT_NE(verified->findings[0].to_string().find("1 page without"), std::string::npos)
      << verified->findings[0].to_string();
  const auto repaired = repair_sqlite_store(options);
  ASSERT_TRUE(repaired.ok()) << repaired.status().to_string();
  for (const Status& finding : repaired->findings) ADD_FAILURE() << finding.to_string();
  EXPECT_EQ(ask(**open_sqlite_store(options)).text, expected_);
}

// An index page is damaged under an open store, which has checked it at its start.
TEST_F(Damage, UnderAnOpenStoreIsATroubleUntilTheNextStart) {
  Files files = make(false);
  const auto options = options_for(temp_.path() / "whole");
  const fs::path file = sqlite_store_file(options.folder);
  {
    const auto store = open_sqlite_store(options);
    ASSERT_TRUE(store.ok()) << store.status().to_string();
    const std::string whole = files["rappel.db"];
    std::string bytes = whole;
    bytes[index_place(bytes)] ^= 0x10;
    std::ofstream(file, std::ios::binary) << bytes;
    // A change makes the readers' pages in memory old.
    ASSERT_TRUE((*store)->upsert({document("late", {"late otters"}, kDimension)}).ok());
    EXPECT_TRUE((*store)->trouble().ok()) << "nothing has met the damage yet";
    ASSERT_TRUE((*store)->get(std::vector<std::string>{"doc001"}).ok());
    EXPECT_TRUE((*store)->trouble().ok());
    EXPECT_EQ((*store)->list(filters()[1], 0, 1000).status().id(), "store-damaged");
    const Status trouble = (*store)->trouble();
    EXPECT_EQ(trouble.id(), "store-damaged");
    for (const char* part : {"while it was in use", "rappel store verify", "rappel store repair"})
      EXPECT_NE(trouble.message().find(part), std::string::npos) << trouble.message();
    EXPECT_NE(trouble.cause().find("page"), std::string::npos) << trouble.cause();
    EXPECT_TRUE((*store)->list(Filter::document("doc007"), 0, 10).ok()) << "the rest is answered";
    std::ofstream(file, std::ios::binary) << whole;
    ASSERT_TRUE((*store)->upsert({document("later", {"late rivers"}, kDimension)}).ok());
    ASSERT_TRUE((*store)->list(filters()[1], 0, 1000).ok());
    EXPECT_EQ((*store)->trouble().id(), "store-damaged") << "until the next start";
  }
  EXPECT_TRUE((*open_sqlite_store(options))->trouble().ok());
}

// Each way to a damaged page tells the store.
TEST_F(Damage, EveryCallThatMeetsDamageIsATrouble) {
  const std::vector<float> vector = unit_vector(1, kDimension);
  const std::vector<std::function<Status(SnapshotStore&)>> calls = {
      [](SnapshotStore& s) { return s.list(filters()[1], 0, 10).status(); },
      [](SnapshotStore& s) { return s.get(std::vector<std::string>{"doc001"}).status(); },
      [](SnapshotStore& s) { return s.search(SearchRequest::lexical("otters", 10)).status(); },
      [&](SnapshotStore& s) { return s.search(SearchRequest::dense(vector, 10)).status(); },
      [](SnapshotStore& s) { return s.upsert(some_documents(0, 1)); },
      [](SnapshotStore& s) { return s.remove(filters()[1]).status(); },
      [](SnapshotStore& s) { return s.stats().status(); },
      [](SnapshotStore& s) { return s.commit().status(); },
      [](SnapshotStore& s) { return s.snapshot().status(); },
  };
  const Files files = make(false);
  const auto options = options_for(temp_.path() / "under");
  for (std::size_t i = 0; i < calls.size(); ++i) {
    fs::remove_all(options.folder);
    write_files(files, options.folder);
    const auto store = open_sqlite_store(options);
    ASSERT_TRUE(store.ok()) << store.status().to_string();
    // Another process changes the state, so nothing in memory is believed; then all pages are damaged.
    const fs::path file = sqlite_store_file(options.folder);
    run_sql(file, "UPDATE state SET next_row = next_row + 1; PRAGMA wal_checkpoint(TRUNCATE)");
    std::string bytes = *read_file(file);
    for (std::size_t page = kPage; page < bytes.size(); page += kPage) bytes[page + kPage / 2] ^= 1;
    std::ofstream(file, std::ios::binary) << bytes;
    EXPECT_EQ(calls[i](**store).id(), "store-damaged") << "call " << i;
    EXPECT_EQ((*store)->trouble().id(), "store-damaged") << "call " << i;
  }
}

// Without the log nothing but the record remembers its commits.
TEST_F(Damage, LostCommitsAreNamedUntilTheyAreAccepted) {
  Files files = make(true);
  files.erase("rappel.db-wal");
  judge(files, "a removed log");
  EXPECT_EQ(named_["commits-missing"], 1);
  const auto options = options_for(temp_.path() / "damaged");
  EXPECT_EQ(inspect_sqlite_store(options).status().id(), "commits-missing");
  {
    const auto store = open_sqlite_store(options);
    ASSERT_TRUE((*store)->upsert(some_documents(300, 1)).ok());
    EXPECT_EQ((*store)->trouble().id(), "commits-missing") << "also after further commits";
    EXPECT_NE((*store)->trouble().message().find("14 acknowledged commits are missing"), std::string::npos)
        << (*store)->trouble().message();
  }
  EXPECT_FALSE(verify_sqlite_store(options)->findings.empty());
  ASSERT_TRUE(accept_sqlite_store(options).ok());
  EXPECT_TRUE((*open_sqlite_store(options))->trouble().ok());
  const auto verified = verify_sqlite_store(options);
  for (const Status& finding : verified->findings) ADD_FAILURE() << finding.to_string();
}

TEST_F(Damage, ALogThatIsOlderThanTheDatabaseIsLeftOut) {
  Files files = make(true);
  const Files whole = [&] {  // everything is in the database, and the log is still there
    const fs::path copy = temp_.path() / "moved";
    write_files(files, copy);
    { const auto store = open_sqlite_store(options_for(copy)); }
    return read_files(copy);
  }();
  ASSERT_FALSE(whole.contains("rappel.db-wal"));
  Files damaged = whole;
  damaged["rappel.db-wal"] = files["rappel.db-wal"];
  judge(damaged, "a whole log");
  EXPECT_EQ(harmless_, 1);
  // From the second half on: the prefix alone would bring old pages back.
  std::string& log = damaged["rappel.db-wal"];
  for (std::size_t i = log.size() / 2; i < log.size(); ++i) log[i] = '\x55';
  judge(damaged, "half a log");
  EXPECT_EQ(named_["log-mended"], 1);
  EXPECT_EQ(ask(**open_sqlite_store(options_for(temp_.path() / "damaged"))).text, expected_);
}

// Before a start has looked at the log, nothing has changed it, and `repair` may mend it.
TEST_F(Damage, ALogThatNobodyHasMendedYetIsNamedAndMended) {
  const Files files = make(true);
  const auto options = options_for(temp_.path() / "untouched");
  write_files(files, options.folder);
  std::string log = files.at("rappel.db-wal");
  log[log.size() / 2] ^= 1;
  std::ofstream(options.folder / "rappel.db-wal", std::ios::binary) << log;
  for (const Status& named :
       {inspect_sqlite_store(options).status(), verify_sqlite_store(options)->findings.front()}) {
    EXPECT_EQ(named.id(), "commits-missing");
    EXPECT_NE(named.message().find("run `rappel store repair`"), std::string::npos) << named.message();
  }
  EXPECT_EQ(*read_file(options.folder / "rappel.db-wal"), log);
  EXPECT_EQ(repair_sqlite_store(options)->findings.front().id(), "log-mended");
  EXPECT_EQ(ask(**open_sqlite_store(options)).text, expected_);
}

// A page that is older than the others has its checksum; only comparisons find it.
TEST_F(Damage, OldPagesAreFoundByComparison) {
  const Files files = make(true);
  const fs::path folder = temp_.path() / "new";
  write_files(files, folder);
  { const auto store = open_sqlite_store(options_for(folder)); }
  const Files now = read_files(folder);
  const std::string &before = files.at("rappel.db"), &after = now.at("rappel.db");
  for (std::size_t page = 0; page < before.size() / kPage; ++page) {
    if (before.compare(page * kPage, kPage, after, page * kPage, kPage) == 0) continue;
    Files damaged = now;
    damaged["rappel.db"].replace(page * kPage, kPage, before, page * kPage, kPage);
    const fs::path old = temp_.path() / "old";
    fs::remove_all(old);
    write_files(damaged, old);
    const auto verified = verify_sqlite_store(options_for(old));
    if (!verified.ok() || !verified->findings.empty()) continue;
    const auto store = open_sqlite_store(options_for(old));
    ASSERT_TRUE(store.ok()) << store.status().to_string();
    EXPECT_EQ(ask(**store).text, expected_) << "page " << page + 1;
  }
}

// As a page of an index would be that is older than the others: every page has its checksum, and the counts
// agree.
TEST_F(Damage, AWrongIndexIsNamedByWhatUsesIt) {
  const auto options = options_for(temp_.path() / "wrong");
  const auto store = open_sqlite_store(options);
  Metadata m;
  m.source = "file";
  m.author = "chat";
  // So many that the first filter is answered by the database and its indexes.
  std::vector<NewDocument> documents = {document("one", {"about otters"}, kDimension, m)};
  for (int i = 0; i < 1000; ++i) documents.push_back(document(std::to_string(i), {"x"}, kDimension));
  ASSERT_TRUE((*store)->upsert(documents).ok());
  const fs::path file = sqlite_store_file(options.folder);
  const auto index_of = [&](const std::string& column) {
    run_sql(file, fmt::format("PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql = 'CREATE INDEX "
                              "documents_source ON documents({0}) WHERE {0} IS NOT NULL' WHERE name = "
                              "'documents_source'",
                              column));
  };
  index_of("author");
  run_sql(file, "REINDEX documents_source");
  index_of("source");

  const Filter chats = Filter::equals("source", std::string("chat"));
  const std::vector<float> vector = unit_vector(1, kDimension);
  EXPECT_EQ((*store)->list(chats, 0, 10).status().id(), "store-damaged");
  EXPECT_EQ((*store)->search(SearchRequest::dense(vector, 10, chats)).status().id(), "store-damaged");
  EXPECT_EQ((*store)->search(SearchRequest::lexical("otters", 10, chats)).status().id(), "store-damaged");
  EXPECT_EQ((*store)->remove(chats).status().id(), "store-damaged");
  EXPECT_EQ((*store)->stats()->documents, 1001);
  for (const Status& named : {inspect_sqlite_store(options).status(), open_sqlite_store(options).status()}) {
    EXPECT_EQ(named.id(), "store-damaged");
    EXPECT_NE(named.to_string().find("documents_source"), std::string::npos) << named.to_string();
  }
  EXPECT_FALSE(verify_sqlite_store(options)->findings.empty());
}

TEST_F(Damage, ABackupIsAStore) {
  make(false);
  const auto options = options_for(temp_.path() / "whole");
  const fs::path folder = temp_.path() / "restored";
  fs::create_directory(folder);
  ASSERT_TRUE(backup_sqlite_store(options, folder / "rappel.db").ok());
  EXPECT_FALSE(backup_sqlite_store(options, folder / "rappel.db").ok());
  const auto verified = verify_sqlite_store(options_for(folder));
  for (const Status& finding : verified->findings) ADD_FAILURE() << finding.to_string();
  EXPECT_EQ(ask(**open_sqlite_store(options_for(folder))).text, expected_);
}

}  // namespace
}  // namespace rappel
