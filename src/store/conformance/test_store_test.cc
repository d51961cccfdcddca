#include "store/conformance/test_store.h"

#include "store/conformance/store_conformance.h"

namespace rappel {
namespace {

Result<std::unique_ptr<DocumentStore>> open_test_store(const std::filesystem::path&, int dimension) {
  return std::unique_ptr<DocumentStore>(std::make_unique<TestStore>(dimension));
}

INSTANTIATE_TEST_SUITE_P(Test, StoreConformance, testing::Values(StoreFactory{"test", open_test_store}),
                         factory_name);

}  // namespace
}  // namespace rappel
