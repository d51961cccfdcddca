#include "ingest/content/text_pieces.h"

#include <gtest/gtest.h>

namespace rappel {
namespace {

constexpr std::size_t kPiece = TextPieces::kPiece;

std::string pattern(std::size_t bytes) {
  std::string text(bytes, ' ');
  for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>('a' + i % 23);
  return text;
}

TEST(TextPieces, AreOneTextInTheEnd) {
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{5}, kPiece, 3 * kPiece + 7}) {
    const std::string text = pattern(bytes);
    TextPieces pieces;
    for (std::size_t at = 0; at < bytes; at += 100'003)
      pieces.append(std::string_view(text).substr(at, 100'003));
    EXPECT_EQ(pieces.size(), bytes);
    EXPECT_GE(pieces.memory(), bytes);
    EXPECT_EQ(pieces.take() == text, true) << bytes;
    EXPECT_EQ(pieces.size(), 0u);
  }
}

TEST(TextPieces, WholePiecesAreReleasedAndBytesKeepTheirNumbers) {
  const std::string text = pattern(3 * kPiece);
  TextPieces pieces;
  pieces.append(text);
  EXPECT_EQ(pieces.release_before(kPiece - 1), 0u);
  EXPECT_EQ(pieces.release_before(2 * kPiece + 5), 2 * kPiece);
  EXPECT_EQ(pieces.part(2 * kPiece + 1, 3 * kPiece) == text.substr(2 * kPiece + 1), true);
  EXPECT_EQ(pieces.memory(), kPiece);
}

TEST(TextPieces, EndCanBeCut) {
  const std::string text = pattern(2 * kPiece + 10);
  TextPieces pieces;
  pieces.append(text);
  pieces.cut_to(kPiece - 1);
  pieces.append("end");
  EXPECT_EQ(pieces.take() == text.substr(0, kPiece - 1) + "end", true);
}

}  // namespace
}  // namespace rappel
