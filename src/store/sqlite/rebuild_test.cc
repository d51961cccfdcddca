// Damage of what follows from whole documents is mended exactly; damaged documents are named and never lost
// unasked; a repair that is cut off leaves the old state or the new one.
//
// RAPPEL_DAMAGES sets the number of damages of each test (60 in the ordinary run), RAPPEL_SEED the places.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <random>
#include <set>

#include "store/sqlite/rebuild.h"
#include "store/sqlite/test_damage.h"
#include "store/sqlite/test_sql.h"
#include "testing/setting.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

using namespace damage;

using Pages = std::vector<std::size_t>;  // from 1

std::size_t big_endian(const std::string& bytes, std::size_t at, std::size_t size) {
  std::size_t number = 0;
  for (std::size_t i = 0; i < size; ++i) number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
  return number;
}

// A b-tree, without overflow pages.
void collect(const std::string& bytes, std::size_t page, Pages& pages) {
  pages.push_back(page);
  const std::size_t at = (page - 1) * kPage;
  if (bytes[at] != 2 && bytes[at] != 5) return;
  for (std::size_t cell = 0; cell < big_endian(bytes, at + 3, 2); ++cell)
    collect(bytes, big_endian(bytes, at + big_endian(bytes, at + 12 + 2 * cell, 2), 4), pages);
  collect(bytes, big_endian(bytes, at + 8, 4), pages);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

std::set<std::string> ids_of(DocumentStore& store) {
  std::set<std::string> ids;
  const auto page = store.list(Filter::all(), 0, 1000);
  EXPECT_TRUE(page.ok()) << page.status().to_string();
  if (page.ok())
    for (const DocumentSummary& d : page->documents) ids.insert(d.id);
  return ids;
}

class Rebuild : public testing::Test {
 protected:
  void SetUp() override {
    // Enough for trees of two levels, and for removed rows between those that are left.
    const auto options = options_for(temp_.path() / "whole");
    {
      const auto store = open_sqlite_store(options);
      ASSERT_TRUE(store.ok()) << store.status().to_string();
      ASSERT_TRUE((*store)->upsert(some_documents(0, 400)).ok());
      ASSERT_TRUE((*store)->upsert(some_documents(90, 20)).ok());
      ASSERT_TRUE((*store)->remove(Filter::equals("author", std::string("author 6"))).ok());
      answers_ = ask(**store).text;
      ids_ = ids_of(**store);
    }
    files_ = read_files(options.folder);
    const fs::path file = sqlite_store_file(options.folder);
    for (const std::string& name :
         lines_of(run_sql(file, "SELECT name FROM sqlite_schema WHERE rootpage > 0")))
      collect(files_["rappel.db"],
              std::stoul(run_sql(file, "SELECT rootpage FROM sqlite_schema WHERE name = '" + name + "'")),
              trees_[name]);
    ASSERT_GT(trees_["documents"].size(), 4u);
    ASSERT_GT(trees_["documents_rows"].size(), 2u);
  }

  static bool is_truth(const std::string& tree) {
    static const std::set<std::string> truth = {"documents", "chunks", "vectors", "sparse",
                                                "colbert",   "meta",   "state"};
    return truth.contains(tree);
  }

  Pages pages_of_trees(bool truth) const {
    Pages pages;
    for (const auto& [tree, of_tree] : trees_)
      if (is_truth(tree) == truth) pages.insert(pages.end(), of_tree.begin(), of_tree.end());
    return pages;
  }

  static void overwrite(std::string& bytes, std::size_t page) {
    for (std::size_t i = 100; i < 1000; ++i) bytes[(page - 1) * kPage + i] ^= 0x5a;
  }

  // The whole store with these pages damaged.
  SqliteStoreOptions damaged(const Pages& pages) {
    const auto options = options_for(temp_.path() / "damaged");
    fs::remove_all(options.folder);
    Files files = files_;
    for (const std::size_t page : pages) overwrite(files["rappel.db"], page);
    write_files(files, options.folder);
    return options;
  }

  void expect_whole(const SqliteStoreOptions& options, const std::string& what) {
    const auto store = open_sqlite_store(options);
    ASSERT_TRUE(store.ok()) << what << ": " << store.status().to_string();
    EXPECT_EQ(ask(**store).text, answers_) << what;
    // And it goes on: ids are found, replaced and removed.
    ASSERT_TRUE((*store)->upsert(some_documents(0, 3)).ok()) << what;
    ASSERT_EQ(*(*store)->remove(std::vector<std::string>{"doc001"}), 1u) << what;
    EXPECT_EQ((*store)->stats()->documents, static_cast<std::int64_t>(ids_.size()) - 1) << what;
  }

  void expect_repaired(const SqliteStoreOptions& options, const std::string& what) {
    const auto repaired = repair_sqlite_store(options);
    ASSERT_TRUE(repaired.ok()) << what << ": " << repaired.status().to_string();
    for (const Status& finding : repaired->findings) ADD_FAILURE() << what << ": " << finding.to_string();
    expect_whole(options, what);
  }

  static std::size_t kept_copies(const fs::path& folder) {
    std::size_t copies = 0;
    for (const auto& entry : fs::directory_iterator(folder))
      copies += entry.path().filename().string().starts_with("rappel.db.damaged-") ? 1 : 0;
    return copies;
  }

  TempDir temp_;
  std::map<std::string, Pages> trees_;
  Files files_;
  std::string answers_;
  std::set<std::string> ids_;
};

TEST_F(Rebuild, PagesOfIndexesAndCustomValuesAreMended) {
  const Pages derived = pages_of_trees(false);
  std::mt19937 random(static_cast<unsigned>(setting("RAPPEL_SEED", 1)));
  const long damages = setting("RAPPEL_DAMAGES", 60);
  for (long i = 0; i < damages && !HasFailure(); ++i) {
    Pages pages;
    std::string what;
    for (unsigned n = random() % 4 + 1; n > 0; --n) {
      pages.push_back(derived[random() % derived.size()]);
      what += fmt::format(" {}", pages.back());
    }
    expect_repaired(damaged(pages), "pages" + what);
  }
}

TEST_F(Rebuild, EveryIndexAtOnceIsMended) {
  const auto options = damaged(pages_of_trees(false));
  EXPECT_FALSE(verify_sqlite_store(options)->findings.empty());
  expect_repaired(options, "all indexes");
  EXPECT_EQ(kept_copies(options.folder), 1u);
  EXPECT_FALSE(fs::exists(sqlite::rebuilt_file(sqlite_store_file(options.folder))));
  EXPECT_EQ(kept_copies(damaged({}).folder), 0u);
}

TEST_F(Rebuild, OriginsStayWhereTheirIndexesAreMended) {
  const auto origins = [](const SqliteStoreOptions& options) {
    const auto store = open_sqlite_store(options);
    EXPECT_TRUE(store.ok()) << store.status().to_string();
    std::string text;
    const auto files = (*store)->origins()->files_below("/files", nullptr, 1000);
    EXPECT_TRUE(files.ok()) << files.status().to_string();
    for (const KnownFile& file : *files) text += file.id + " " + file.origin.path + "\n";
    return text;
  };
  const std::string before = origins(damaged({}));
  ASSERT_GT(before.size(), 1000u);
  for (const char* index : {"origins_doc", "origins_content"}) {
    const auto options = damaged(trees_[index]);
    expect_repaired(options, index);
    EXPECT_EQ(origins(damaged({})), before);
    ASSERT_TRUE(repair_sqlite_store(damaged(trees_[index])).ok());
    EXPECT_EQ(origins(options), before) << index;
  }
}

TEST_F(Rebuild, LostOriginsCostNoDocument) { expect_repaired(damaged(trees_["origins"]), "all origins"); }

TEST_F(Rebuild, TheKeptCopyIsTheDamagedFile) {
  const Pages pages = {trees_["documents_source"][0]};
  const auto options = damaged(pages);
  const std::string before = *read_file(sqlite_store_file(options.folder));
  ASSERT_TRUE(repair_sqlite_store(options).ok());
  for (const auto& entry : fs::directory_iterator(options.folder))
    if (entry.path().filename().string().starts_with("rappel.db.damaged-")) {
      EXPECT_TRUE(*read_file(entry.path()) == before);
      EXPECT_EQ(entry.status().permissions(), fs::perms(0600));
    }
}

TEST_F(Rebuild, ASoundStoreIsNotRewritten) {
  const auto options = damaged({});
  const auto repaired = repair_sqlite_store(options);
  ASSERT_TRUE(repaired.ok());
  EXPECT_TRUE(repaired->findings.empty());
  EXPECT_TRUE(*read_file(sqlite_store_file(options.folder)) == files_["rappel.db"]);
}

TEST_F(Rebuild, TheStateIsCountedAgain) {
  expect_repaired(damaged(trees_["state"]), "the page of the state");
  const auto options = damaged({});
  run_sql(sqlite_store_file(options.folder),
          "UPDATE state SET documents = documents - 1, chunks = chunks + 3");
  EXPECT_FALSE(verify_sqlite_store(options)->findings.empty());
  expect_repaired(options, "wrong counts");
}

// Without the record it is not known which commit the file is of.
TEST_F(Rebuild, AStateWithoutARecordIsRefused) {
  const auto options = damaged(trees_["state"]);
  fs::remove(options.folder / "rappel.db-commits");
  const std::string before = *read_file(sqlite_store_file(options.folder));
  const auto repaired = repair_sqlite_store(options, /*drop_damaged=*/true);
  ASSERT_TRUE(repaired.ok()) << repaired.status().to_string();
  EXPECT_FALSE(repaired->findings.empty());
  EXPECT_TRUE(*read_file(sqlite_store_file(options.folder)) == before);
}

TEST_F(Rebuild, MetaAndTheFirstPageAreRefused) {
  for (const std::size_t page : {trees_["meta"][0], std::size_t{1}}) {
    const auto options = damaged({page});
    const std::string before = *read_file(sqlite_store_file(options.folder));
    const auto repaired = repair_sqlite_store(options, /*drop_damaged=*/true);
    ASSERT_TRUE(repaired.ok()) << repaired.status().to_string();
    EXPECT_FALSE(repaired->findings.empty());
    EXPECT_TRUE(*read_file(sqlite_store_file(options.folder)) == before);
  }
}

TEST_F(Rebuild, DamagedDocumentsAreNamedAndRemovedOnlyOnRequest) {
  std::mt19937 random(static_cast<unsigned>(setting("RAPPEL_SEED", 1)));
  const Pages derived = pages_of_trees(false);
  for (const char* table : {"documents", "chunks", "vectors", "sparse", "colbert"})
    for (const std::size_t page : trees_[table]) {
      if (HasFailure()) return;
      const std::string what = fmt::format("page {} of {}", page, table);
      const auto options = damaged({page, derived[random() % derived.size()]});
      const std::string before = *read_file(sqlite_store_file(options.folder));
      const auto named = repair_sqlite_store(options);
      ASSERT_TRUE(named.ok()) << what << ": " << named.status().to_string();
      ASSERT_FALSE(named->findings.empty()) << what;
      EXPECT_NE(named->findings[0].message().find("--drop-damaged"), std::string::npos) << what;
      EXPECT_TRUE(named->removed_documents.empty()) << what;
      EXPECT_TRUE(*read_file(sqlite_store_file(options.folder)) == before) << what;
      EXPECT_EQ(kept_copies(options.folder), 0u) << what;

      const auto removed = repair_sqlite_store(options, /*drop_damaged=*/true);
      ASSERT_TRUE(removed.ok()) << what << ": " << removed.status().to_string();
      for (const Status& finding : removed->findings) ADD_FAILURE() << what << ": " << finding.to_string();
      EXPECT_EQ(removed->removed_documents, named->damaged_documents) << what;
      const auto store = open_sqlite_store(options);
      ASSERT_TRUE(store.ok()) << what << ": " << store.status().to_string();
      std::set<std::string> all = ids_of(**store);
      const std::size_t left = all.size();
      all.insert(removed->removed_documents.begin(), removed->removed_documents.end());
      EXPECT_TRUE(page == trees_[table][0] || left > ids_.size() / 2) << what;
      // The index of the ids may be the second damage.
      const auto& words = removed->looked_at;
      const bool unnamed = std::any_of(words.begin(), words.end(), [](const auto& part) {
        return part.first == "removed" && part.second.find("without an id") != std::string::npos;
      });
      EXPECT_TRUE(unnamed || all == ids_) << what;
    }
}

// One wrong byte under a seal that agrees, as a faulty memory would leave it.
TEST_F(Rebuild, ARowWithoutItsChecksumIsNamed) {
  const auto options = damaged({});
  const fs::path file = sqlite_store_file(options.folder);
  run_sql(
      file,
      "UPDATE chunks SET text = 'other' WHERE row = (SELECT first_row FROM documents WHERE id = 'doc010');"
      "UPDATE vectors SET dense = zeroblob(32) WHERE row = (SELECT first_row + 1 FROM documents WHERE id = "
      "'doc011'); UPDATE documents SET author = 'other' WHERE id = 'doc012';"
      "DELETE FROM chunks WHERE row = (SELECT first_row FROM documents WHERE id = 'doc015');"
      "UPDATE sparse SET weights = x'01' WHERE row = (SELECT first_row FROM documents WHERE id = 'doc017');"
      "DELETE FROM sparse WHERE row = (SELECT first_row FROM documents WHERE id = 'doc018');"
      "UPDATE chunks SET language = 'fr' WHERE row = (SELECT first_row FROM documents WHERE id = 'doc019')");
  const std::vector<std::string> expected = {"doc010", "doc011", "doc012", "doc015",
                                             "doc017", "doc018", "doc019"};
  EXPECT_EQ(repair_sqlite_store(options)->damaged_documents, expected);
  const auto removed = repair_sqlite_store(options, /*drop_damaged=*/true);
  EXPECT_EQ(removed->removed_documents, expected);
  for (const Status& finding : removed->findings) ADD_FAILURE() << finding.to_string();
  const auto store = open_sqlite_store(options);
  EXPECT_EQ((*store)->stats()->documents, static_cast<std::int64_t>(ids_.size()) - 7);
}

// Pages that are older than the others have their seals. Nothing is lost without a word.
TEST_F(Rebuild, OldPagesAreMendedOrNamed) {
  const auto options = damaged({});
  ASSERT_TRUE((*open_sqlite_store(options))->upsert(some_documents(150, 60)).ok());
  { const auto settled = open_sqlite_store(options); }
  const Files now = read_files(options.folder);
  const std::string expected = ask(**open_sqlite_store(options)).text;
  const std::string &old = files_["rappel.db"], &after = now.at("rappel.db");
  int mended = 0, named = 0;
  for (std::size_t page = 1; page < old.size() / kPage && !HasFailure(); ++page) {
    if (old.compare(page * kPage, kPage, after, page * kPage, kPage) == 0) continue;
    Files files = now;
    files["rappel.db"].replace(page * kPage, kPage, old, page * kPage, kPage);
    fs::remove_all(options.folder);
    write_files(files, options.folder);
    const auto repaired = repair_sqlite_store(options);
    ASSERT_TRUE(repaired.ok()) << repaired.status().to_string();
    if (!repaired->findings.empty()) {
      ++named;
      continue;
    }
    ++mended;
    EXPECT_EQ(ask(**open_sqlite_store(options)).text, expected) << "page " << page + 1;
  }
  EXPECT_GT(mended, 0);
  std::printf("mended %d, named %d\n", mended, named);
}

TEST_F(Rebuild, ALogThatAKillLeftIsPartOfTheNewState) {
  const auto options = damaged({});
  const fs::path copy = temp_.path() / "killed";
  {
    const auto store = open_sqlite_store(options);
    ASSERT_TRUE((*store)->upsert(some_documents(398, 4)).ok());
    answers_ = ask(**store).text;
    ids_ = ids_of(**store);
    write_files(read_files(options.folder), copy);
  }
  ASSERT_TRUE(fs::exists(copy / "rappel.db-wal"));
  std::string bytes = *read_file(copy / "rappel.db");
  for (const std::size_t page : pages_of_trees(false)) overwrite(bytes, page);
  std::ofstream(copy / "rappel.db", std::ios::binary) << bytes;
  expect_repaired(options_for(copy), "with a log");
}

TEST_F(Rebuild, ARepairBesideAnOpenStoreIsRefused) {
  const auto options = damaged({});
  const auto store = open_sqlite_store(options);
  EXPECT_EQ(repair_sqlite_store(options).status().id(), "store-locked");
  const auto rebuilt = sqlite::rebuild_database(sqlite_store_file(options.folder), {.busy_ms = 100});
  EXPECT_EQ(rebuilt.status().id(), "store-locked");
}

// In a process of its own; returns how it ended.
template <class Work>
int in_child(const Work& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    ::_exit(0);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

TEST_F(Rebuild, AProcessKilledAfterEachStepLeavesTheOldStateOrTheNew) {
  const Pages derived = pages_of_trees(false);
  for (int last = 1; last <= 4; ++last) {
    const auto options = damaged({derived[3], derived[7]});
    const fs::path file = sqlite_store_file(options.folder);
    const int status = in_child([&] {
      const auto die = [&](int step) {
        if (step == last) ::kill(::getpid(), SIGKILL);
      };
      (void)sqlite::rebuild_database(file, {.after_step = die});
    });
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << last;
    const auto findings = verify_sqlite_store(options)->findings;
    EXPECT_EQ(findings.empty(), last == 4) << last << (findings.empty() ? "" : findings[0].to_string());
    if (last < 4) expect_repaired(options, fmt::format("killed after step {}", last));
    if (last == 4) expect_whole(options, "killed after the new state was committed");
  }
}

TEST_F(Rebuild, AProcessKilledAtAnyTimeLeavesTheOldStateOrTheNew) {
  std::mt19937 random(static_cast<unsigned>(setting("RAPPEL_SEED", 1)));
  const Pages derived = pages_of_trees(false);
  const long kills = std::max(10L, setting("RAPPEL_DAMAGES", 60) / 4);
  for (long i = 0; i < kills && !HasFailure(); ++i) {
    const auto options = damaged({derived[random() % derived.size()]});
    const auto wait = static_cast<suseconds_t>(random() % 150'000 + 1);
    in_child([&] {
      std::signal(SIGALRM, SIG_DFL);
      const itimerval timer{{0, 0}, {0, wait}};
      ::setitimer(ITIMER_REAL, &timer, nullptr);
      (void)repair_sqlite_store(options);
    });
    expect_repaired(options, fmt::format("kill {}", i));
  }
}

// A limit of the file size, as a disk that fills at each place.
TEST_F(Rebuild, AFullDiskLeavesTheOldStateOrTheNew) {
  const Pages derived = pages_of_trees(false);
  const std::size_t bytes = files_["rappel.db"].size();
  int refused = 0;
  for (std::size_t limit = bytes / 4; limit < 2 * bytes; limit += bytes / 4) {
    const auto options = damaged({derived[5], derived[11]});
    const int status = in_child([&] {
      std::signal(SIGXFSZ, SIG_IGN);
      const rlimit bound{limit, limit};
      ::setrlimit(RLIMIT_FSIZE, &bound);
      const auto repaired = repair_sqlite_store(options);
      ::_exit(repaired.ok() ? 0 : repaired.status().id() == "disk-full" ? 1 : 2);
    });
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_LE(WEXITSTATUS(status), 1) << limit;
    refused += WEXITSTATUS(status);
    const bool sound = verify_sqlite_store(options)->findings.empty();
    EXPECT_EQ(sound, WEXITSTATUS(status) == 0) << limit;
    EXPECT_EQ(kept_copies(options.folder), sound ? 1u : 0u) << limit;
    if (sound) expect_whole(options, fmt::format("{} bytes a file", limit));
    if (!sound) expect_repaired(options, fmt::format("after {} bytes a file", limit));
  }
  EXPECT_GT(refused, 1);
}

}  // namespace
}  // namespace rappel
