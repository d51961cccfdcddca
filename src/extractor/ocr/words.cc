#include "extractor/ocr/words.h"

#include <algorithm>
#include <cmath>

#include "base/utf8.h"
#include "extractor/page/characters.h"

namespace rappel::extractor::ocr {
namespace {

constexpr float kSpeck = 50;        // percent: signs without letters below are specks
constexpr float kSameSize = 0.15F;  // of the size of most lines
constexpr float kAscent = 0.8F, kDescent = 0.2F;
constexpr int kShortestLine = 100;  // pixels: shorter ones say nothing of the page's angle

std::u32string codes_of(const std::string& text) {
  std::u32string codes;
  for (std::size_t at = 0, length = 0; at < text.size(); at += length) codes += utf8_decode(text, at, length);
  return codes;
}

bool is_speck(const Word& word) {
  if (word.confidence >= kSpeck) return false;
  const std::u32string codes = codes_of(word.text);
  return std::none_of(codes.begin(), codes.end(),
                      [](char32_t c) { return page::is_letter(c) || page::is_digit(c); });
}

float median(std::vector<float> values, float otherwise) {
  if (values.empty()) return otherwise;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// How much the lines fall per pixel.
float slope_of(const std::vector<Word>& words) {
  std::vector<float> slopes;
  for (const Word& word : words)
    if (word.begins_line && word.base_x1 - word.base_x0 >= kShortestLine)
      slopes.push_back(static_cast<float>(word.base_y1 - word.base_y0) /
                       static_cast<float>(word.base_x1 - word.base_x0));
  return median(std::move(slopes), 0);
}

class PageMaker {
 public:
  PageMaker(const std::vector<Word>& words, int dpi)
      : slope_(slope_of(words)), scale_(72 / static_cast<float>(dpi)) {
    std::vector<float> sizes;
    for (const Word& word : words)
      if (word.points > 0) sizes.push_back(static_cast<float>(word.points));
    usual_size_ = median(std::move(sizes), 10);
    page_.has_objects = true;
  }

  void add(const Word& word) {
    if (word.begins_line || object_ == 0) {
      if (object_ > 0) blank('\n', true);
      ++object_;
    } else {
      blank(' ', false);
    }
    const std::u32string codes = codes_of(word.text);
    const auto width =
        static_cast<float>(word.x1 - word.x0) / static_cast<float>(std::max<std::size_t>(1, codes.size()));
    place_line(word);
    for (std::size_t i = 0; i < codes.size(); ++i) {
      const float x = static_cast<float>(word.x0) + width * static_cast<float>(i);
      glyph(codes[i], x * scale_, (x + width) * scale_);
    }
  }

  page::Page take() { return std::move(page_); }

 private:
  // Size and baseline of its line.
  void place_line(const Word& word) {
    const auto points = static_cast<float>(word.points);
    size_ =
        word.points <= 0 || std::fabs(points - usual_size_) <= kSameSize * usual_size_ ? usual_size_ : points;
    const float x = static_cast<float>(word.base_x0 + word.base_x1) / 2;
    const float y = static_cast<float>(word.base_y0 + word.base_y1) / 2;
    base_ = (slope_ * x - y) * scale_;
  }

  void glyph(char32_t code, float x0, float x1) {
    page_.glyphs.push_back({.code = code,
                            .x0 = x0,
                            .x1 = x1,
                            .y0 = base_ - kDescent * size_,
                            .y1 = base_ + kAscent * size_,
                            .base_x = x0,
                            .base_y = base_,
                            .size = size_,
                            .object = object_});
  }

  void blank(char32_t code, bool generated) {
    const page::Glyph last = page_.glyphs.back();
    glyph(code, last.x1, last.x1);
    page_.glyphs.back().generated = generated;
  }

  const float slope_, scale_;
  float usual_size_ = 10, size_ = 10, base_ = 0;
  std::uint32_t object_ = 0;
  page::Page page_;
};

}  // namespace

page::Page page_of(const std::vector<Word>& words, int dpi) {
  std::vector<Word> kept;
  bool begins_line = false;  // a line whose first words were specks
  for (const Word& word : words) {
    begins_line = begins_line || word.begins_line;
    if (word.text.empty() || is_speck(word)) continue;
    kept.push_back(word);
    kept.back().begins_line = begins_line;
    begins_line = false;
  }
  PageMaker page(kept, dpi);
  for (const Word& word : kept) page.add(word);
  return page.take();
}

}  // namespace rappel::extractor::ocr
