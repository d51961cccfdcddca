// The core around a Retrieval, with numbers instead of models.
#include "server/core.h"

#include <gtest/gtest.h>

#include "embed/test_embedder.h"
#include "store/conformance/test_store.h"

namespace rappel {
namespace {

class CoreTest : public testing::Test {
 protected:
  TestStore store_{2};
  TestEmbedder embedder_{2};
  Retrieval retrieval_{store_, embedder_, nullptr, {}, nullptr};
  std::unique_ptr<Core> core_ = retrieval_core(retrieval_);
  std::stop_source left_;
};

TEST_F(CoreTest, ClientThatLeftCancelsEveryKindOfRequest) {
  ASSERT_TRUE(core_->upsert({{"a", "text of a", {}}, {"b", "text of b", {}}}, {}).ok());
  EXPECT_EQ((*core_->list({}, 0, 10, {left_.get_token()})).documents.size(), 2u);
  left_.request_stop();
  const std::stop_token gone = left_.get_token();
  EXPECT_EQ(core_->list({}, 0, 10, {gone}).status().code(), Code::kCancelled);
  EXPECT_EQ(core_->remove({.ids = {"a"}}, gone).status().code(), Code::kCancelled);
  EXPECT_EQ(core_->remove({.filter = Filter::document("a")}, gone).status().code(), Code::kCancelled);
  EXPECT_EQ(core_->remove({.delete_all = true}, gone).status().code(), Code::kCancelled);
  EXPECT_EQ(core_->query({{"q", {}, 1}}, {gone}).status().code(), Code::kCancelled);
  EXPECT_EQ(core_->upsert({{"c", "text of c", {}}}, gone).status().code(), Code::kCancelled);
  EXPECT_EQ(store_.rows.size(), 2u);
}

}  // namespace
}  // namespace rappel
