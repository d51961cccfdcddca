#include "store/conformance/store_conformance.h"
#include "store/conformance/test_plain_store.h"

namespace rappel {
namespace {

Result<std::unique_ptr<DocumentStore>> open_plain(const std::filesystem::path&, int dimension) {
  return std::unique_ptr<DocumentStore>(std::make_unique<testing_store::PlainStore>(dimension));
}

INSTANTIATE_TEST_SUITE_P(Plain, StoreConformance, testing::Values(StoreFactory{"plain", open_plain}),
                         factory_name);

}  // namespace
}  // namespace rappel
