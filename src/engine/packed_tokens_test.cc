#include "engine/packed_tokens.h"

#include <gtest/gtest.h>

#include "engine/test_texts.h"

namespace rappel {
namespace {

TEST(PackedTokens, PositionsDependOnTheModelFamily) {
  ModelConfig roberta;
  roberta.family = Family::kXlmRoberta;
  roberta.pad_token_id = 1;
  roberta.position_offset = 2;
  PackedTokens batch;
  batch.append(Ids{0, 10, 1, 87, 2}, {}, roberta);
  batch.append(Ids{0, 2}, std::vector<std::uint8_t>{0, 1}, roberta);
  EXPECT_EQ(batch.positions, (Ids{2, 3, 1, 4, 5, 2, 3}));
  EXPECT_EQ(batch.type_ids, (std::vector<std::uint8_t>{0, 0, 0, 0, 0, 0, 1}));
  EXPECT_EQ(batch.starts, (Ids{0, 5, 7}));

  batch.clear();
  EXPECT_EQ(batch.texts(), 0u);
  batch.append(Ids{101, 0, 102}, {}, ModelConfig());
  EXPECT_EQ(batch.positions, (Ids{0, 1, 2}));
  EXPECT_TRUE(batch.type_ids.empty());
}

}  // namespace
}  // namespace rappel
