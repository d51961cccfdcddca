#include "extractor/page/upright.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "extractor/page/characters.h"

namespace rappel::extractor::page {
namespace {

constexpr std::size_t kMaxStreams = 9;
constexpr int kSnap = 5;  // degrees
constexpr float kTurn = 360;

bool is_high_surrogate(char32_t c) { return c >= 0xD800 && c < 0xDC00; }
bool is_low_surrogate(char32_t c) { return c >= 0xDC00 && c < 0xE000; }

// Whether the accent stands over (or under) the letter rather than at its side.
bool is_over(const Glyph& accent, const Glyph& letter) {
  if (accent.object == 0 || std::fabs(accent.base_y - letter.base_y) > accent.size / 2) return false;
  const float middle = (accent.x0 + accent.x1) / 2, slack = 0.1F * letter.size;
  return letter.x0 - slack < middle && middle < letter.x1 + slack;
}

// Appends the glyph to `out`, as one with its neighbour where one of them is an accent of the other.
void append(std::vector<Glyph>& out, Glyph glyph) {
  if (!out.empty() && out.back().angle == 0 && glyph.angle == 0) {
    Glyph& last = out.back();
    if (const char32_t mark = combining_accent(last.code); mark != 0 && is_over(last, glyph)) {
      if (const char32_t whole = compose(glyph.code, mark)) {
        glyph.code = whole;
        glyph.space_before = last.space_before;
        last = glyph;
        return;
      }
    }
    if (const char32_t mark = combining_accent(glyph.code); mark != 0 && is_over(glyph, last)) {
      if (const char32_t whole = compose(last.code, mark)) {
        last.code = whole;
        return;
      }
    }
  }
  out.push_back(glyph);
}

// In whole degrees; near a quarter turn it is that turn.
int direction(const Glyph& glyph) {
  if (!std::isfinite(glyph.angle)) return 0;
  const float degrees = glyph.angle * 180 / std::numbers::pi_v<float>;
  int whole = static_cast<int>(std::lround(std::fmod(std::fmod(degrees, kTurn) + kTurn, kTurn)));
  const int quarter = (whole + 45) / 90 * 90;
  if (std::abs(whole - quarter) <= kSnap) whole = quarter;
  return whole % 360;
}

struct Direction {
  float dx, dy;
};

Direction unit(int degrees) {
  const float angle = static_cast<float>(degrees) * std::numbers::pi_v<float> / 180;
  float dx = std::cos(angle), dy = -std::sin(angle);
  if (degrees % 90 == 0) dx = std::round(dx), dy = std::round(dy);
  return {dx, dy};
}

void turn_point(const Direction& d, float& x, float& y) {
  const float along = x * d.dx + y * d.dy, up = y * d.dx - x * d.dy;
  x = along;
  y = -up;
}

void turn(const Direction& d, Glyph& glyph) {
  float xs[4] = {glyph.x0, glyph.x0, glyph.x1, glyph.x1}, ys[4] = {glyph.y0, glyph.y1, glyph.y0, glyph.y1};
  for (int i = 0; i < 4; ++i) turn_point(d, xs[i], ys[i]);
  glyph.x0 = *std::min_element(xs, xs + 4), glyph.x1 = *std::max_element(xs, xs + 4);
  glyph.y0 = *std::min_element(ys, ys + 4), glyph.y1 = *std::max_element(ys, ys + 4);
  turn_point(d, glyph.base_x, glyph.base_y);
}

void turn_rules(const Direction& d, const Page& page, Stream& out) {
  if (d.dx != 1) return;
  for (const Rule& rule : page.rules) out.rules.push_back({rule.x0, rule.x1, -rule.y});
  for (const Upright& rule : page.uprights) out.uprights.push_back({rule.x, -rule.y1, -rule.y0});
  std::sort(out.uprights.begin(), out.uprights.end(),
            [](const Upright& a, const Upright& b) { return a.x < b.x; });
}

}  // namespace

void clean(Page& page) {
  std::vector<Glyph> out;
  out.reserve(page.glyphs.size());
  bool space = false, guessed = true;
  for (std::size_t i = 0; i < page.glyphs.size(); ++i) {
    Glyph glyph = page.glyphs[i];
    if (is_high_surrogate(glyph.code) && i + 1 < page.glyphs.size() &&
        is_low_surrogate(page.glyphs[i + 1].code)) {
      glyph.code = 0x10000 + ((glyph.code - 0xD800) << 10) + (page.glyphs[i + 1].code - 0xDC00);
      ++i;
    }
    if (glyph.code == 2) glyph.code = '-';
    if (is_blank(glyph.code)) {
      space = true;
      guessed = guessed && glyph.generated;
      if (!glyph.generated && !out.empty()) out.back().space_after = true;
      continue;
    }
    if (!glyph.generated) ++page.characters;
    if (glyph.unmapped) ++page.unmapped;
    if (!is_visible(glyph.code) || !std::isfinite(glyph.x0 + glyph.x1 + glyph.y0 + glyph.y1)) continue;
    glyph.code = without_private_use(glyph.code);
    glyph.space_before = space;
    glyph.space_guessed = space && guessed;
    space = false;
    guessed = true;
    append(out, glyph);
  }
  page.glyphs = std::move(out);
}

std::vector<Stream> upright(const Page& page) {
  std::vector<std::size_t> counts(360, 0);
  std::vector<int> directions;
  directions.reserve(page.glyphs.size());
  for (const Glyph& glyph : page.glyphs) {
    directions.push_back(direction(glyph));
    ++counts[static_cast<std::size_t>(directions.back())];
  }
  std::vector<int> order;
  for (int i = 0; i < 360; ++i)
    if (counts[static_cast<std::size_t>(i)] > 0) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return counts[static_cast<std::size_t>(a)] > counts[static_cast<std::size_t>(b)];
  });
  if (order.size() > kMaxStreams) order.resize(kMaxStreams);
  std::vector<Stream> streams(order.size());
  std::vector<std::size_t> place(360, order.empty() ? 0 : order.size() - 1);
  for (std::size_t i = 0; i < order.size(); ++i) place[static_cast<std::size_t>(order[i])] = i;
  for (std::size_t i = 0; i < page.glyphs.size(); ++i) {
    Glyph glyph = page.glyphs[i];
    turn(unit(directions[i]), glyph);
    streams[place[static_cast<std::size_t>(directions[i])]].glyphs.push_back(glyph);
  }
  if (!streams.empty()) turn_rules(unit(order[0]), page, streams[0]);
  return streams;
}

}  // namespace rappel::extractor::page
