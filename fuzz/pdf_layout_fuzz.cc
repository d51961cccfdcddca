// Fuzz target for the layout of PDF pages. Each 8 bytes of the input are a glyph, or a rule if their last
// byte is odd.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/utf8.h"
#include "extractor/page/blocks.h"
#include "extractor/page/running_heads.h"
#include "extractor/page/upright.h"

namespace {

using namespace rappel::extractor::page;

constexpr std::size_t kRecord = 8;

Glyph glyph_of(const std::uint8_t* data) {
  Glyph glyph;
  glyph.code = static_cast<char32_t>(data[0] | data[1] << 8);
  glyph.size = static_cast<float>(data[6] % 32);
  glyph.x0 = glyph.base_x = static_cast<float>(data[2] + 256 * (data[3] % 4));
  glyph.x1 = glyph.x0 + glyph.size / 2;
  glyph.base_y = static_cast<float>(data[4] + 256 * (data[5] % 4));
  glyph.y0 = glyph.base_y - 2, glyph.y1 = glyph.base_y + glyph.size;
  glyph.angle = data[3] >= 250 ? static_cast<float>(data[3]) : 0;
  glyph.object = data[5] / 4U;
  glyph.generated = data[6] >= 240;
  glyph.bold = (data[7] & 2) != 0;
  glyph.fixed = (data[7] & 4) != 0;
  return glyph;
}

void add(Page& page, const std::uint8_t* data) {
  const auto x = static_cast<float>(data[0] * 2), y = static_cast<float>(data[1] * 4),
             length = static_cast<float>(data[2] * 4);
  if ((data[7] & 1) == 0) {
    page.glyphs.push_back(glyph_of(data));
  } else if ((data[7] & 2) == 0) {
    page.rules.push_back({x, x + length, y});
  } else {
    page.uprights.push_back({x, y, y + length});
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Page page;
  for (std::size_t at = 0; at + kRecord <= size; at += kRecord) add(page, data + at);
  clean(page);
  RunningHeads heads;
  Headings headings({});
  Words words;
  for (const Stream& stream : upright(page)) {
    std::vector<Piece> pieces = find_pieces(stream.glyphs, stream.uprights);
    heads.note(pieces, stream.glyphs);
    heads.remove(pieces, stream.glyphs, 1, "1");
    const auto regions = find_regions(std::move(pieces), stream.glyphs, {stream.rules, stream.uprights}, {});
    for (const Region& region : regions)
      for (const Line& line : region.lines) headings.note(line), words.note(line.text);
    const PageBlocks blocks = find_blocks(regions, 0, headings, words);
    for (const OpenBlock& block : blocks.text)
      RAPPEL_CHECK(rappel::utf8_valid(finished(block).text), "blocks are UTF-8");
  }
  return 0;
}
