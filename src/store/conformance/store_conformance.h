// The promises of store/store.h as tests. A store takes part by instantiating the suite with its factory:
//
//   INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, testing::Values(StoreFactory{"sqlite", open}),
//   factory_name);
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "store/store.h"
#include "testing/temp_dir.h"

namespace rappel {

struct StoreFactory {
  std::string name;
  // Opens the store that lives in `folder`, empty at first; called again it opens the same data.
  std::function<Result<std::unique_ptr<Store>>(const std::filesystem::path& folder, int dimension)> open;
};

inline void PrintTo(const StoreFactory& factory, std::ostream* out) { *out << factory.name; }
inline std::string factory_name(const testing::TestParamInfo<StoreFactory>& info) { return info.param.name; }

class StoreConformance : public testing::TestWithParam<StoreFactory> {
 protected:
  static constexpr int kDimension = 8;
  std::unique_ptr<Store> open() {
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
