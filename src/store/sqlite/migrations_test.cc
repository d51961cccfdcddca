#include "store/sqlite/migrations.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <set>
#include <sstream>

#include "base/os/file.h"
#include "store/conformance/store_test_util.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/documents.h"
#include "store/sqlite/lift_custom_key.h"
#include "store/sqlite/rebuild.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/test_sql.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;
constexpr int kDimension = 8;

// A copy of testdata/stores/v1, a store that version 1 of the format wrote.
class MigrationTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(folder_);
    fs::copy_file("testdata/stores/v1/rappel.db", file_);
    ASSERT_EQ(version(), "1\n");
  }
  std::string version() const { return run_sql(file_, "PRAGMA user_version"); }
  std::string whole() const { return *read_file(file_); }
  SqliteStoreOptions options() const {
    SqliteStoreOptions options;
    options.folder = folder_;
    options.model = {"test/model", kDimension, "r1"};
    options.busy_ms = 200;
    return options;
  }
  std::unique_ptr<SnapshotStore> open() const {
    auto store = open_sqlite_store(options());
    RAPPEL_CHECK(store.ok(), store.status().to_string().c_str());
    return std::move(store).value();
  }
  // Upgrades in a process that is killed just before the commit.
  void kill_before_commit() const {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      (void)sqlite::upgrade_database(file_, {.before_commit = [] { ::kill(::getpid(), SIGKILL); }});
      ::_exit(1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  }
  TempDir temp_;
  fs::path folder_ = temp_.path() / "data";
  fs::path file_ = folder_ / "rappel.db";
};

std::set<std::string> listed(DocumentStore& store, const Filter& filter) {
  std::set<std::string> ids;
  const auto page = store.list(filter, 0, 100);
  EXPECT_TRUE(page.ok()) << page.status().to_string();
  if (page.ok())
    for (const DocumentSummary& document : page->documents) ids.insert(document.id);
  return ids;
}

TEST_F(MigrationTest, EverythingOfVersionOneIsReadAndFound) {
  const auto store = open();
  using Ids = std::set<std::string>;
  EXPECT_EQ(listed(*store, Filter::all()), (Ids{"bare", "letter", "notes", "talk"}));
  const auto letter = store->get(std::vector<std::string>{"letter"});
  ASSERT_EQ(letter->size(), 1u);
  Metadata expected;
  expected.source = "email";
  expected.source_id = "inbox/1";
  expected.url = "https://example.org/a";
  expected.created_at = Timestamp{"2021-01-21T10:00:00+02:00", 1611216000};
  expected.author = "Zo\xC3\xAB";
  expected.filename = "a letter.txt";
  expected.filesize = 1234;
  EXPECT_EQ(letter->front().metadata, expected);
  EXPECT_EQ(letter->front().chunk_count, 2);
  EXPECT_EQ(letter->front().sample_text, "the quick brown fox");
  EXPECT_EQ(listed(*store, Filter::equals("author", std::string("Ben"))), (Ids{"talk"}));
  EXPECT_EQ(listed(*store, Filter::equals("filesize", std::int64_t{99})), (Ids{"notes"}));
  EXPECT_EQ(listed(*store, Filter::created_at_or_after(1611216001)), (Ids{"notes"}));
  EXPECT_EQ(listed(*store, Filter::equals("department", std::string("x"))), Ids{});

  const auto dense = store->search(SearchRequest::dense(unit_vector(1, kDimension), 100));
  ASSERT_TRUE(dense.ok()) << dense.status().to_string();
  EXPECT_EQ(dense->size(), 7u);
  const auto words = store->search(SearchRequest::lexical("fox", 100));
  ASSERT_TRUE(words.ok()) << words.status().to_string();
  EXPECT_EQ(words->size(), 2u);
}

// The store of testdata/stores/v2 and later.
void expect_report(DocumentStore& store) {
  Metadata expected;
  expected.source = "file";
  expected.author = "Ben";
  expected.custom = {{"department", std::string("sales")},
                     {"due", Timestamp{"2024-05-06", 1714953600}},
                     {"open", true},
                     {"pages", std::int64_t{3}},
                     {"tags", std::vector<std::string>{"new", "otters"}}};
  using Ids = std::set<std::string>;
  EXPECT_EQ(listed(store, Filter::all()), (Ids{"bare", "letter", "notes", "report", "talk"}));
  EXPECT_EQ(listed(store, Filter::equals("author", std::string("Ben"))), (Ids{"report", "talk"}));
  EXPECT_EQ(listed(store, Filter::equals("pages", 3.0)), (Ids{"report"}));
  EXPECT_EQ(store.get(std::vector<std::string>{"report"})->front().metadata, expected);
  const auto words = store.search(SearchRequest::lexical("otters", 100));
  ASSERT_TRUE(words.ok()) << words.status().to_string();
  ASSERT_EQ(words->size(), 1u);
  EXPECT_EQ(words->front().chunk.id, "report_0");
  EXPECT_TRUE(words->front().chunk.place.empty());
}

void expect_sound(const SqliteStoreOptions& options) {
  const auto verified = verify_sqlite_store(options);
  ASSERT_TRUE(verified.ok()) << verified.status().to_string();
  for (const Status& finding : verified->findings) ADD_FAILURE() << finding.to_string();
}

TEST_F(MigrationTest, VersionTwoIsReadAndGetsItsSeals) {
  fs::copy_file("testdata/stores/v2/rappel.db", file_, fs::copy_options::overwrite_existing);
  ASSERT_EQ(version(), "2\n");
  expect_report(*open());
  EXPECT_EQ(version(), std::to_string(sqlite::kSchemaVersion) + "\n");
  expect_sound(options());
  EXPECT_FALSE(fs::exists(file_.string() + "-upgrade"));
}

// Version 3 has no places of chunks.
class VersionThreeTest : public MigrationTest {
 protected:
  void SetUp() override {
    fs::create_directory(folder_);
    fs::copy_file("testdata/stores/v3/rappel.db", file_);
    ASSERT_EQ(version(), "3\n");
  }
};

TEST_F(VersionThreeTest, IsReadAndTakesPlaces) {
  {
    const auto store = open();
    expect_report(*store);
    NewDocument placed = document("placed", {"where otters sleep"}, kDimension);
    placed.chunks[0].place.page = 12;
    ASSERT_TRUE(store->upsert({placed}).ok());
    const auto found = store->search(SearchRequest::lexical("sleep", 1));
    ASSERT_TRUE(found.ok()) << found.status().to_string();
    ASSERT_EQ(found->size(), 1u);
    EXPECT_EQ(found->front().chunk.place, placed.chunks[0].place);
  }
  EXPECT_EQ(version(), std::to_string(sqlite::kSchemaVersion) + "\n");
  expect_sound(options());
}

TEST_F(VersionThreeTest, IsVerifiedWithoutAnUpgrade) {
  expect_sound(options());
  EXPECT_EQ(version(), "3\n");
}

TEST_F(VersionThreeTest, IsRebuiltAsOneOfToday) {
  const auto rebuilt = sqlite::rebuild_database(file_, {});
  ASSERT_TRUE(rebuilt.ok()) << rebuilt.status().to_string();
  EXPECT_EQ(rebuilt->documents, 5);
  EXPECT_EQ(version(), std::to_string(sqlite::kSchemaVersion) + "\n");
  expect_report(*open());
}

// Version 4 has no origins.
class VersionFourTest : public MigrationTest {
 protected:
  void SetUp() override {
    fs::create_directory(folder_);
    fs::copy_file("testdata/stores/v4/rappel.db", file_);
    ASSERT_EQ(version(), "4\n");
  }
};

TEST_F(VersionFourTest, IsReadAndTakesOrigins) {
  {
    const auto store = open();
    expect_report(*store);
    NewDocument filed = document("filed", {"where otters sleep"}, kDimension);
    filed.origin = std::make_shared<FileOrigin>(FileOrigin{"/f/otters.txt", "otters.txt", "h", ""});
    ASSERT_TRUE(store->upsert({filed}).ok());
    EXPECT_EQ(*store->origins()->origins_of("filed"), std::vector{*filed.origin});
    EXPECT_TRUE(store->origins()->origins_of("report")->empty());
  }
  EXPECT_EQ(version(), std::to_string(sqlite::kSchemaVersion) + "\n");
  expect_sound(options());
}

TEST_F(VersionFourTest, IsVerifiedWithoutAnUpgrade) {
  expect_sound(options());
  EXPECT_EQ(version(), "4\n");
}

TEST_F(VersionFourTest, IsRebuiltAsOneOfToday) {
  const auto rebuilt = sqlite::rebuild_database(file_, {});
  ASSERT_TRUE(rebuilt.ok()) << rebuilt.status().to_string();
  EXPECT_EQ(rebuilt->documents, 5);
  EXPECT_EQ(version(), std::to_string(sqlite::kSchemaVersion) + "\n");
  expect_report(*open());
}

// Version 5 has float32 vectors, words in FTS5 and no languages.
class VersionFiveTest : public MigrationTest {
 protected:
  void SetUp() override {
    fs::create_directory(folder_);
    fs::copy_file("testdata/stores/v5/rappel.db", file_);
    ASSERT_EQ(version(), "5\n");
  }
  std::string rows(const std::string& sql) const { return run_sql(file_, sql); }
  void expect_version_six() {
    EXPECT_EQ(version(), std::to_string(sqlite::kSchemaVersion) + "\n");
    EXPECT_EQ(rows("SELECT DISTINCT length(dense) FROM vectors"), "16\n");
    EXPECT_EQ(rows("SELECT count(*) FROM chunks"), rows("SELECT count(*) FROM vectors"));
    EXPECT_EQ(rows("SELECT name FROM sqlite_schema WHERE name LIKE 'words%'"), "");
    EXPECT_EQ(rows("SELECT language FROM languages"), "en\n");
    EXPECT_EQ(rows("SELECT DISTINCT language FROM chunks"), "en\n");
    expect_sound(options());
  }
};

std::vector<float> scores(DocumentStore& store) {
  const auto found = store.search(SearchRequest::dense(unit_vector(1, kDimension), 100));
  EXPECT_TRUE(found.ok()) << found.status().to_string();
  std::vector<float> scores;
  for (const FoundChunk& one : *found) scores.push_back(one.score);
  return scores;
}

// The same rows read as float32 by SQL alone.
std::vector<float> scores_of_floats(const fs::path& file) {
  std::vector<float> scores;
  const std::vector<float> query = unit_vector(1, kDimension);
  std::istringstream rows(run_sql(file, "SELECT hex(dense) FROM vectors"));
  for (std::string row; std::getline(rows, row);) {
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i < row.size(); i += 2)
      bytes.push_back(static_cast<std::uint8_t>(std::stoi(row.substr(i, 2), nullptr, 16)));
    std::vector<float> vector(kDimension);
    std::memcpy(vector.data(), bytes.data(), bytes.size());
    scores.push_back(std::inner_product(vector.begin(), vector.end(), query.begin(), 0.0f));
  }
  std::sort(scores.rbegin(), scores.rend());
  return scores;
}

TEST_F(VersionFiveTest, IsReadWithItsVectorsAndLanguages) {
  const std::vector<float> before = scores_of_floats(file_);
  {
    const auto store = open();
    expect_report(*store);
    EXPECT_EQ(store->origins()->origins_of("report")->front().path, "/files/report.txt");
    const std::vector<float> after = scores(*store);
    ASSERT_EQ(after.size(), before.size());
    for (std::size_t i = 0; i < after.size(); ++i) EXPECT_NEAR(after[i], before[i], kScoreTolerance);
  }
  expect_version_six();
}

TEST_F(VersionFiveTest, IsVerifiedWithoutAnUpgrade) {
  expect_sound(options());
  EXPECT_EQ(version(), "5\n");
}

TEST_F(VersionFiveTest, IsRebuiltAsOneOfToday) {
  const std::vector<float> before = scores_of_floats(file_);
  const auto rebuilt = sqlite::rebuild_database(file_, {});
  ASSERT_TRUE(rebuilt.ok()) << rebuilt.status().to_string();
  EXPECT_EQ(rebuilt->documents, 5);
  expect_version_six();
  const auto store = open();
  expect_report(*store);
  EXPECT_NEAR(scores(*store).front(), before.front(), kScoreTolerance);
}

TEST_F(VersionFiveTest, ADamagedVectorRefusesTheUpgradeAndIsNamedByRepair) {
  run_sql(file_,
          "UPDATE vectors SET dense = zeroblob(32) WHERE row = (SELECT first_row FROM documents WHERE id = "
          "'talk')");
  const std::string before = whole();
  const auto refused = open_sqlite_store(options());
  EXPECT_EQ(refused.status().id(), "store-damaged") << refused.status().to_string();
  EXPECT_EQ(whole(), before);
  EXPECT_EQ(repair_sqlite_store(options())->damaged_documents, std::vector<std::string>{"talk"});
  ASSERT_TRUE(repair_sqlite_store(options(), /*drop_damaged=*/true).ok());
  EXPECT_EQ(listed(*open(), Filter::all()), (std::set<std::string>{"bare", "letter", "notes", "report"}));
}

TEST_F(VersionFiveTest, AProcessKilledBeforeTheCommitLeavesVersionFive) {
  ASSERT_NO_FATAL_FAILURE(kill_before_commit());
  EXPECT_EQ(version(), "5\n");
  expect_sound(options());
  expect_report(*open());
  expect_version_six();
}

TEST_F(VersionFiveTest, NeedsAsMuchSpaceAsTheFileHas) {
  const auto refused = sqlite::upgrade_database(file_, {.free_bytes = std::uintmax_t{16} << 20});
  EXPECT_EQ(refused.status().id(), "disk-full");
  EXPECT_EQ(version(), "5\n");
}

TEST_F(MigrationTest, AnUpgradedStoreTakesCustomMetadata) {
  const auto store = open();
  Metadata m;
  m.custom = {{"department", std::string("sales")}, {"pages", std::int64_t{3}}};
  ASSERT_TRUE(store->upsert({document("bare", {"now with metadata"}, kDimension, m)}).ok());
  EXPECT_EQ(listed(*store, Filter::equals("department", std::string("sales"))),
            (std::set<std::string>{"bare"}));
  EXPECT_EQ(store->get(std::vector<std::string>{"bare"})->front().metadata, m);
  EXPECT_EQ(*store->remove(Filter::equals("pages", 3.0)), 1u);
}

TEST_F(MigrationTest, TheTablesAreThoseOfANewStore) {
  open();
  auto fresh = options();
  fresh.folder = temp_.path() / "fresh";
  ASSERT_TRUE(open_sqlite_store(fresh).ok());
  const std::string tables = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name";
  EXPECT_EQ(run_sql(file_, tables), run_sql(fresh.folder / "rappel.db", tables));
  EXPECT_EQ(version(), std::to_string(sqlite::kSchemaVersion) + "\n");
}

TEST_F(MigrationTest, UpgradingTwiceChangesNothing) {
  ASSERT_TRUE(*sqlite::upgrade_database(file_, {}));
  const std::string once = whole();
  const auto again = sqlite::upgrade_database(file_, {});
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(*again);
  EXPECT_EQ(whole(), once);
}

TEST_F(MigrationTest, AProcessKilledBeforeTheCommitLeavesVersionOne) {
  const std::string before = whole();
  ASSERT_NO_FATAL_FAILURE(kill_before_commit());
  EXPECT_EQ(whole(), before);
  EXPECT_EQ(version(), "1\n");
  EXPECT_EQ(listed(*open(), Filter::all()).size(), 4u);
}

TEST_F(MigrationTest, AShortDiskIsRefusedBeforeAnythingIsWritten) {
  const std::string before = whole();
  const auto upgraded = sqlite::upgrade_database(file_, {.free_bytes = 5u << 20});
  ASSERT_FALSE(upgraded.ok());
  EXPECT_EQ(upgraded.status().code(), Code::kUnavailable);
  EXPECT_EQ(upgraded.status().id(), "disk-full");
  for (const std::string& part :
       {std::string("cannot upgrade"), fmt::format("version 1 to {}", sqlite::kSchemaVersion),
        std::string("5 MB free"), std::string("16 MB are needed"), std::string("free some space")})
    EXPECT_NE(upgraded.status().message().find(part), std::string::npos) << upgraded.status().message();
  EXPECT_EQ(whole(), before);
}

TEST_F(MigrationTest, AFileThatAnotherProcessHasOpenIsRefused) {
  sqlite3* other = open_raw(file_);
  ASSERT_EQ(sqlite3_exec(other, "SELECT count(*) FROM documents", nullptr, nullptr, nullptr), SQLITE_OK);
  const auto refused = open_sqlite_store(options());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().id(), "store-locked");
  EXPECT_NE(refused.status().message().find("stop every rappel"), std::string::npos)
      << refused.status().to_string();
  sqlite3_close(other);
  EXPECT_EQ(version(), "1\n");
  EXPECT_EQ(listed(*open(), Filter::all()).size(), 4u);
}

// The message of an opening by a user who may read the file and its folder only; root may write anyway.
std::string refusal_without_permission(const SqliteStoreOptions& options, const fs::path& file) {
  fs::permissions(options.folder.parent_path(), fs::perms(0755));
  fs::permissions(options.folder, fs::perms(0555));
  fs::permissions(file, fs::perms(0444));
  int pipe_ends[2];
  EXPECT_EQ(::pipe(pipe_ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    constexpr unsigned kNobody = 65534;
    if (::geteuid() == 0 && (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0)) ::_exit(1);
    const std::string text = open_sqlite_store(options).status().to_string();
    ::_exit(::write(pipe_ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  ::close(pipe_ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t n; (n = ::read(pipe_ends[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(n));
  ::close(pipe_ends[0]);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  fs::permissions(options.folder, fs::perms(0755));
  return status == 0 ? text : "";
}

TEST_F(MigrationTest, AReadOnlyFileIsRefusedWithWhatToDo) {
  const std::string before = whole();
  const std::string refusal = refusal_without_permission(options(), file_);
  if (refusal.empty()) GTEST_SKIP() << "this process may not become a user without permissions";
  for (const std::string& part :
       {fmt::format("cannot upgrade {} from format version 1 to {}", file_.string(), sqlite::kSchemaVersion),
        std::string("cannot write the file or its folder"), std::string("copy the folder"),
        std::string("The file is unchanged"), std::string("[data-folder]")})
    EXPECT_NE(refusal.find(part), std::string::npos) << refusal;
  EXPECT_EQ(whole(), before);
}

// Today's format needs no upgrade, so nothing is said of one.
TEST_F(MigrationTest, AReadOnlyFileOfTodaysFormatIsRefusedAsSuch) {
  ASSERT_TRUE(*sqlite::upgrade_database(file_, {}));
  const std::string refusal = refusal_without_permission(options(), file_);
  if (refusal.empty()) GTEST_SKIP() << "this process may not become a user without permissions";
  EXPECT_EQ(refusal.find("upgrade"), std::string::npos) << refusal;
  EXPECT_NE(refusal.find("cannot write " + file_.string()), std::string::npos) << refusal;
  EXPECT_NE(refusal.find("[data-folder]"), std::string::npos) << refusal;
}

TEST_F(MigrationTest, InspectingDoesNotUpgrade) {
  const std::string before = whole();
  const auto found = inspect_sqlite_store(options());
  ASSERT_TRUE(found.ok()) << found.status().to_string();
  EXPECT_EQ(found->documents, 4);
  EXPECT_EQ(whole(), before);
}

TEST_F(MigrationTest, ANewerVersionIsRefusedByName) {
  open();
  const std::int64_t newer = sqlite::kSchemaVersion + 1;
  run_sql(file_, fmt::format("PRAGMA user_version={}", newer));
  const auto refused = open_sqlite_store(options());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().code(), Code::kFailedPrecondition);
  EXPECT_EQ(refused.status().id(), "store-newer");
  EXPECT_NE(refused.status().message().find(fmt::format("format version {}", newer)), std::string::npos);
}

// A made-up next version in which fields appear that documents have as custom keys.
Status lift_author_and_more(sqlite::Connection& db) {
  for (const char* name : {"author", "created_at", "filesize", "source"})
    RAPPEL_TRY(sqlite::lift_custom_key(db, *find_field(name)));
  return {};
}
constexpr sqlite::Step kNextStep[] = {{.to = sqlite::kSchemaVersion + 1,
                                       .sql = "CREATE TABLE made_up(x INTEGER) STRICT",
                                       .rewrite = lift_author_and_more}};

class RewriteTest : public MigrationTest {
 protected:
  // Puts rows with that custom metadata into the table, unchecked: the keys are fields for today's program.
  void insert(const std::string& id, CustomMetadata custom, std::int64_t row) {
    sqlite::DocumentRow document{id, {}, {row, 1}};
    document.metadata.custom = std::move(custom);
    ASSERT_TRUE(sqlite::insert_document(*db_, document).ok());
  }
  Metadata read(const std::string& id) {
    auto select = db_->prepare(sqlite::select_documents("d.id = ?1"));
    EXPECT_TRUE(*select->bind(1, std::string_view(id)).step()) << id;
    const auto document = sqlite::read_document(*db_, *select);
    EXPECT_TRUE(document.ok()) << document.status().to_string();
    return document.ok() ? document->metadata : Metadata();
  }
  std::int64_t count(const char* sql) { return *db_->query_integer(sql); }

  void SetUp() override {
    MigrationTest::SetUp();
    ASSERT_TRUE(*sqlite::upgrade_database(file_, {}));
    auto db = sqlite::Connection::open(file_, 1000);
    ASSERT_TRUE(db.ok());
    db_ = std::move(*db);
  }
  std::unique_ptr<sqlite::Connection> db_;
};

TEST_F(RewriteTest, AStepMovesCustomKeysIntoTheirFields) {
  insert("both", {{"author", std::string("Ada")}, {"department", std::string("sales")}}, 1001);
  insert("all",
         {{"author", std::int64_t{7}},
          {"created_at", Timestamp{"2024-05-06", 1714953600}},
          {"filesize", std::int64_t{12}}},
         1002);
  ASSERT_TRUE(sqlite::run_steps(*db_, kNextStep, sqlite::kSchemaVersion).ok());

  Metadata both;
  both.author = "Ada";
  both.custom = {{"department", std::string("sales")}};
  EXPECT_EQ(read("both"), both);
  Metadata all;
  all.author = "7";
  all.created_at = Timestamp{"2024-05-06", 1714953600};
  all.filesize = 12;
  EXPECT_EQ(read("all"), all);
  EXPECT_EQ(count("SELECT count(*) FROM custom_values WHERE key <> 'department'"), 0);
  EXPECT_EQ(count("SELECT count(*) FROM custom_values WHERE key = 'department'"), 1);
  EXPECT_EQ(count("SELECT count(*) FROM documents WHERE custom IS NOT NULL"), 1);
  EXPECT_EQ(count("SELECT count(*) FROM made_up"), 0) << "the step's SQL ran";
  EXPECT_EQ(count("PRAGMA user_version"), sqlite::kSchemaVersion + 1);
}

TEST_F(RewriteTest, AValueThatTheFieldCannotHoldStaysCustom) {
  insert("web", {{"source", std::string("web")}, {"source_custom", std::string("taken")}}, 1001);
  ASSERT_TRUE(sqlite::run_steps(*db_, kNextStep, sqlite::kSchemaVersion).ok());
  Metadata expected;
  expected.custom = {{"source_custom", std::string("taken")}, {"source_custom_", std::string("web")}};
  EXPECT_EQ(read("web"), expected);
}

TEST_F(RewriteTest, OtherRowsStayAsTheyAre) {
  const std::string rows = "SELECT quote(id) || checksum || coalesce(custom, '') FROM documents ORDER BY doc";
  const std::string before = run_sql(file_, rows);
  ASSERT_TRUE(sqlite::run_steps(*db_, kNextStep, sqlite::kSchemaVersion).ok());
  EXPECT_EQ(run_sql(file_, rows), before);
}

TEST_F(RewriteTest, AFailureIsReturned) {
  const sqlite::Step failing[] = {
      {.to = 99, .rewrite = [](sqlite::Connection&) { return Status(Code::kUnavailable, "no"); }}};
  EXPECT_EQ(sqlite::run_steps(*db_, failing, sqlite::kSchemaVersion).message(), "no");
  EXPECT_EQ(count("PRAGMA user_version"), sqlite::kSchemaVersion);
}

TEST(FreeBytesNeeded, RewritesNeedAsMuchAsTheFile) {
  const std::int64_t now = sqlite::kSchemaVersion;
  const std::uintmax_t plain = sqlite::free_bytes_needed(kNextStep, now + 1, 1000);
  EXPECT_EQ(sqlite::free_bytes_needed(kNextStep, now, 1000), plain + 1000);
}

}  // namespace
}  // namespace rappel
