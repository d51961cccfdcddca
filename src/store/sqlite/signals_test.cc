// The store keeps vector, weights, vectors of tokens and language of each chunk, and its logs.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "codec/float16.h"
#include "store/conformance/store_test_util.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/languages.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/stored_colbert.h"
#include "store/sqlite/stored_sparse.h"
#include "store/sqlite/stored_vectors.h"
#include "store/sqlite/test_sql.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

using Weights = std::vector<TokenWeight>;
constexpr int kDimension = 8;

std::span<const std::byte> bytes_of_text(const std::string& text) { return std::as_bytes(std::span(text)); }

Weights unpacked(const std::string& blob) {
  Weights weights;
  EXPECT_TRUE(sqlite::unpack_weights(bytes_of_text(blob), weights));
  return weights;
}

TEST(PackedWeights, TokensStayAndWeightsAreRounded) {
  const Weights weights = {{0, 1.5f}, {1, 0.1f}, {127, 3}, {300, 2}, {250'001, 0.25f}, {4'294'967'295u, 1}};
  Weights expected = weights;
  expected[1].weight = f16_to_float(float_to_f16(0.1f));
  const std::string blob = sqlite::pack_weights(weights);
  EXPECT_EQ(unpacked(blob), expected);
  EXPECT_EQ(blob.size(), 1 + (1 + 1 + 1 + 2 + 3 + 5) + 6 * 2u);
}

TEST(PackedWeights, EdgesOfFloat16) {
  EXPECT_EQ(sqlite::pack_weights({}), "");
  EXPECT_EQ(sqlite::pack_weights(Weights{{7, 1e-9f}}), "") << "rounds to zero";
  EXPECT_EQ(unpacked(sqlite::pack_weights(Weights{{7, 1e-9f}, {9, 0x1p-24f}, {10, 1e9f}})),
            (Weights{{9, 0x1p-24f}, {10, kLargestHalf}}));
}

TEST(PackedWeights, RandomOnesRoundTripAndDamagedOnesAreRefusedOrPlausible) {
  std::mt19937 random(5);
  for (int round = 0; round < 300; ++round) {
    Weights weights;
    std::uint32_t token = 0;
    for (unsigned n = random() % 200; n > 0; --n) {
      token += 1 + (random() % 4 == 0 ? random() % 100'000 : random() % 50);
      weights.push_back({token, f16_to_float(static_cast<std::uint16_t>(1 + random() % 0x7bff))});
    }
    std::string blob = sqlite::pack_weights(weights);
    if (weights.empty()) continue;
    ASSERT_EQ(unpacked(blob), weights);
    Weights read;
    ASSERT_FALSE(sqlite::unpack_weights(bytes_of_text(blob.substr(0, random() % blob.size())), read));
    ASSERT_FALSE(sqlite::unpack_weights(bytes_of_text(blob + "x"), read));
    blob[random() % blob.size()] ^= static_cast<char>(1 + random() % 255);
    if (!sqlite::unpack_weights(bytes_of_text(blob), read)) continue;
    for (std::size_t i = 0; i < read.size(); ++i) {
      ASSERT_TRUE(read[i].weight > 0 && std::isfinite(read[i].weight));
      ASSERT_TRUE(i == 0 || read[i].token > read[i - 1].token);
    }
  }
}

TEST(PackedTokenVectors, RoundTripAndDamagedOnesAreRefused) {
  const TokenVectors vectors{3, {0.5f, 1e-7f}, {1, -127, 3, 4, 5, 127}};
  const std::string blob = sqlite::pack_token_vectors(vectors);
  EXPECT_EQ(blob.size(), 8 + 2 * 4 + 6u);
  EXPECT_EQ(*sqlite::unpack_token_vectors(bytes_of_text(blob)), vectors);
  for (std::size_t size = 0; size < blob.size(); ++size)
    EXPECT_FALSE(sqlite::unpack_token_vectors(bytes_of_text(blob.substr(0, size)))) << size;
  for (const TokenVectors& wrong : {TokenVectors{1, {NAN}, {1}}, TokenVectors{1, {-1.0f}, {1}}})
    EXPECT_FALSE(sqlite::unpack_token_vectors(bytes_of_text(sqlite::pack_token_vectors(wrong))));
  std::string huge = blob;
  huge.replace(0, 8, std::string(8, '\xFF'));
  EXPECT_FALSE(sqlite::unpack_token_vectors(bytes_of_text(huge)));
}

class StoredSignals : public testing::Test {
 protected:
  void SetUp() override {
    options_.folder = temp_.path() / "data";
    options_.model = {"test/model", kDimension, "r1"};
    auto store = open_sqlite_store(options_);
    ASSERT_TRUE(store.ok()) << store.status().to_string();
    store_ = std::move(*store);
    auto db = sqlite::Connection::open(sqlite_store_file(options_.folder), 1000);
    ASSERT_TRUE(db.ok());
    db_ = std::move(*db);
  }
  void upsert(std::vector<NewDocument> documents) {
    const Status status = store_->upsert(std::move(documents));
    ASSERT_TRUE(status.ok()) << status.to_string();
  }
  std::string rows(const std::string& sql) { return run_sql(sqlite_store_file(options_.folder), sql); }
  Weights weights_of(std::int64_t row) {
    sqlite::StoredSparse sparse(*db_);
    const auto found = sparse.read(row);
    EXPECT_TRUE(found.ok()) << found.status().to_string();
    return found.ok() && *found ? Weights((*found)->begin(), (*found)->end()) : Weights();
  }
  void expect_sound() {
    const auto verified = verify_sqlite_store(options_);
    ASSERT_TRUE(verified.ok()) << verified.status().to_string();
    for (const Status& finding : verified->findings) ADD_FAILURE() << finding.to_string();
  }
  TempDir temp_;
  SqliteStoreOptions options_;
  std::unique_ptr<SnapshotStore> store_;
  std::unique_ptr<sqlite::Connection> db_;
};

TEST_F(StoredSignals, AreThoseOfTheNewestVersionOfADocument) {
  NewDocument first = document("a", {"one", "two", "three"}, kDimension);
  for (NewChunk& chunk : first.chunks) chunk.sparse.clear(), chunk.colbert = {};
  first.chunks[0].sparse = {{3, 0.5f}, {250'001, 1.25f}};
  first.chunks[2].colbert = {2, {0.5f}, {-127, 5}};
  upsert({first});
  EXPECT_EQ(weights_of(1), first.chunks[0].sparse);
  EXPECT_EQ(weights_of(2), Weights());
  EXPECT_EQ(**sqlite::read_token_vectors(*db_, 3), first.chunks[2].colbert);
  EXPECT_FALSE(*sqlite::read_token_vectors(*db_, 1));
  EXPECT_EQ(rows("SELECT coalesce(signals, 'none') FROM chunks ORDER BY row"), "1\nnone\n2\n");
  EXPECT_EQ(rows("SELECT weighted FROM state"), "1\n");
  expect_sound();

  NewDocument second = document("a", {"one"}, kDimension);
  second.chunks[0].sparse = {{4, 1}};
  second.chunks[0].colbert = {};
  upsert({second, document("b", {"other"}, kDimension)});
  EXPECT_EQ(weights_of(1), Weights());
  EXPECT_EQ(weights_of(4), second.chunks[0].sparse);
  EXPECT_EQ(rows("SELECT row FROM sparse ORDER BY row"), "4\n5\n");
  EXPECT_EQ(rows("SELECT weighted FROM state"), "2\n");
  ASSERT_TRUE(store_->remove(std::vector<std::string>{"a"}).ok());
  EXPECT_EQ(rows("SELECT row FROM sparse UNION SELECT row FROM colbert WHERE row < 5"), "5\n");
  expect_sound();
  ASSERT_TRUE(store_->remove(Filter::all()).ok());
  EXPECT_EQ(rows("SELECT row FROM sparse UNION SELECT row FROM colbert"), "");
  expect_sound();
}

TEST_F(StoredSignals, VectorsAreRoundedToFloat16) {
  const NewDocument given = document("a", {"one"}, kDimension);
  upsert({given});
  EXPECT_EQ(rows("SELECT length(dense) FROM vectors"), fmt::format("{}\n", 2 * kDimension));
  sqlite::StoredVectors vectors(*db_, kDimension);
  const auto stored = vectors.read(1);
  ASSERT_TRUE(stored.ok() && *stored);
  for (std::size_t i = 0; i < kDimension; ++i)
    EXPECT_EQ((**stored)[i], f16_to_float(float_to_f16(given.chunks[0].dense[i]))) << i;
}

TEST_F(StoredSignals, ALanguageIsDetectedOrTakenAsGiven) {
  const std::string french = "Les loutres nagent dans la riviere avec leurs petits et ne sont pas seules.";
  NewDocument mixed = document(
      "a", {french, "The otters swim in the river with their young and are not alone.", "\u6c34\u736d"},
      kDimension);
  NewDocument given = document("b", {french}, kDimension);
  given.chunks[0].language = WordLanguage::kGerman;
  upsert({mixed});
  EXPECT_EQ(rows("SELECT coalesce(language, 'other') FROM chunks ORDER BY row"), "fr\nen\nother\n");
  using Languages = std::vector<WordLanguage>;
  EXPECT_EQ(*sqlite::read_languages(*db_),
            (Languages{WordLanguage::kOther, WordLanguage::kEnglish, WordLanguage::kFrench}));
  upsert({given});
  EXPECT_EQ(rows("SELECT language FROM chunks WHERE row = 4"), "de\n");
  ASSERT_TRUE(store_->remove(Filter::all()).ok());
  EXPECT_EQ(sqlite::read_languages(*db_)->size(), 4u) << "languages stay";
  expect_sound();
}

TEST_F(StoredSignals, ChunksThatWaitBringTheirs) {
  NewDocument waits = document("a", {"Where do the otters sleep when it is cold?", "two"}, kDimension);
  const Weights weights = waits.chunks[0].sparse;
  waits.waiting = std::make_shared<Waiting>(std::move(waits.chunks));
  waits.chunks.clear();
  upsert({waits});
  EXPECT_EQ(weights_of(1), weights);
  EXPECT_EQ(rows("SELECT language FROM chunks WHERE row = 1"), "en\n");
}

TEST_F(StoredSignals, AMissingLanguageIsFound) {
  upsert({document("a", {"The otters swim in the river."}, kDimension)});
  expect_sound();
  rows("DELETE FROM languages");
  const auto verified = verify_sqlite_store(options_);
  ASSERT_EQ(verified->findings.size(), 1u);
  EXPECT_NE(verified->findings[0].to_string().find("languages"), std::string::npos);
  store_.reset();
  db_.reset();
  ASSERT_TRUE(repair_sqlite_store(options_).ok());
  expect_sound();
}

TEST_F(StoredSignals, ARowWithoutItsChunkIsFound) {
  NewDocument plain = document("a", {"one"}, kDimension);
  plain.chunks[0].sparse.clear();
  plain.chunks[0].colbert = {};
  upsert({plain});
  rows("INSERT INTO colbert SELECT * FROM vectors");
  const auto verified = verify_sqlite_store(options_);
  ASSERT_EQ(verified->findings.size(), 1u);
  EXPECT_NE(verified->findings[0].to_string().find("table colbert belong to no chunk"), std::string::npos);
}

TEST_F(StoredSignals, ChangedMetadataAreLoggedWithTheirCommit) {
  upsert({document("a", {"one"}, kDimension), document("b", {"two"}, kDimension)});
  Metadata metadata;
  metadata.author = "Zoe";
  OriginChange with{.id = "b", .metadata = metadata};
  OriginChange without{.id = "a", .added = {FileOrigin{"/f", "f", "h", ""}}};
  ASSERT_TRUE(store_->origins()->change_origins(std::vector<OriginChange>{with, without}).ok());
  EXPECT_EQ(rows("SELECT commit_number || ' ' || id FROM changed JOIN documents USING(doc)"), "2 b\n");
  upsert({document("a", {"new"}, kDimension)});
  EXPECT_EQ(rows("SELECT count(*) FROM changed"), "1\n");
  expect_sound();
}

// A page that is older than the others would lead to it, and only the count tells.
TEST_F(StoredSignals, MissingWeightsRefuseTheStart) {
  upsert({document("a", {"one", "two"}, kDimension)});
  store_.reset();
  db_.reset();
  rows("DELETE FROM sparse WHERE row = 2");
  const Status status = open_sqlite_store(options_).status();
  EXPECT_EQ(status.id(), "store-damaged") << status.to_string();
  EXPECT_NE(status.to_string().find("1 weights of tokens for 2 chunks, 2 of them"), std::string::npos);
  EXPECT_EQ(repair_sqlite_store(options_)->damaged_documents, std::vector<std::string>{"a"});
}

// 20 000 entries are kept; a reader that has not seen those before must not rely on the logs.
TEST_F(StoredSignals, TheLogOfChangesIsTrimmed) {
  upsert({document("a", {"one"}, kDimension)});
  rows(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20005) "
      "INSERT INTO changed SELECT i, 1, 1 FROM n");
  const OriginChange change{.id = "a", .metadata = Metadata()};
  ASSERT_TRUE(store_->origins()->change_origins(std::vector<OriginChange>{change}).ok());
  EXPECT_EQ(rows("SELECT min(entry) || ' ' || max(entry) || ' ' || log_floor FROM changed, state"),
            "7 20006 1\n");
  expect_sound();
}

}  // namespace
}  // namespace rappel
