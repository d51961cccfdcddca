// The promises of store/document_store.h and store/snapshot_store.h as tests, by capability: a test that
// needs what StoreInfo does not name is skipped. A store takes part by instantiating the suite with its
// factory:
//
//   INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, testing::Values(StoreFactory{"sqlite", open}),
//                            factory_name);
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "store/conformance/store_test_util.h"
#include "store/snapshot_store.h"
#include "testing/temp_dir.h"

#define ASSERT_STATUS_OK(expr)                                      \
  do {                                                              \
    const Status status_of_expr = (expr);                           \
    ASSERT_TRUE(status_of_expr.ok()) << status_of_expr.to_string(); \
  } while (false)

#define NEEDS(capability) \
  if (!(capability)) GTEST_SKIP() << "this store does not promise " #capability

namespace rappel {

struct StoreFactory {
  std::string name;
  // Opens the store that lives in `folder`, empty at first; called again it opens the same data, unless the
  // store keeps nothing (Durability::kMemory).
  std::function<Result<std::unique_ptr<DocumentStore>>(const std::filesystem::path& folder, int dimension)>
      open;
};

inline void PrintTo(const StoreFactory& factory, std::ostream* out) { *out << factory.name; }
inline std::string factory_name(const testing::TestParamInfo<StoreFactory>& info) { return info.param.name; }

// The texts of the hits' chunks; a failure of the search or of the reader is a failure of the test.
inline std::vector<std::string> texts_of(StoreReader& reader, const Result<std::vector<Hit>>& hits) {
  EXPECT_TRUE(hits.ok()) << hits.status().to_string();
  if (!hits.ok()) return {};
  const auto chunks = reader.chunks(keys_of(*hits));
  EXPECT_TRUE(chunks.ok()) << chunks.status().to_string();
  std::vector<std::string> texts;
  if (chunks.ok())
    for (const Chunk& c : *chunks) texts.push_back(c.text);
  return texts;
}

inline std::set<std::string> document_ids(StoreReader& reader, const std::vector<Hit>& hits) {
  const auto chunks = reader.chunks(keys_of(hits));
  EXPECT_TRUE(chunks.ok()) << chunks.status().to_string();
  std::set<std::string> ids;
  if (chunks.ok())
    for (const Chunk& c : *chunks) ids.insert(c.document_id);
  return ids;
}

class StoreConformance : public testing::TestWithParam<StoreFactory> {
 protected:
  static constexpr int kDimension = 8;
  std::unique_ptr<DocumentStore> open() {
    auto store = GetParam().open(folder_.path() / "data", kDimension);
    if (!store.ok()) {
      ADD_FAILURE() << store.status().to_string();
      std::abort();
    }
    return std::move(store).value();
  }
  TempDir folder_;
};

}  // namespace rappel
