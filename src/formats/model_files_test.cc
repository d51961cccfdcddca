#include "formats/model_files.h"

#include <gtest/gtest.h>

#include "testing/shared_data.h"
#include "testing/temp_dir.h"

namespace rappel {
namespace {

TEST(ModelFiles, OpensTheSmallModels) {
  TempDir dir;
  for (const char* name : {"tiny-bge-m3", "tiny-bge-reranker-v2-m3", "tiny-bert-embedder", "tiny-bert-cross-encoder",
                           "rappel-rerank-mini-en"}) {
    const auto folder = linked_model(name, dir.path());
    if (!folder) GTEST_SKIP() << missing_shared_data();
    const auto files = ModelFiles::open(*folder);
    ASSERT_TRUE(files.ok()) << files.status().to_string();
    EXPECT_EQ((*files)->identity().size(), 16u);
  }
}

}  // namespace
}  // namespace rappel
