#include <fmt/format.h>

#include <array>
#include <string_view>

#include "codec/svg.h"
#include "eval/report.h"

namespace rappel {
namespace {

constexpr double kTop = 46, kRow = 20, kGap = 14, kLabel = 260, kPlot = 480, kValue = 70, kFoot = 30,
                 kTitle = 24;
constexpr int kSteps = 5;  // of the axis from 0 to 1
constexpr std::array<std::string_view, 6> kColours = {"#5b7c99", "#9dbf97", "#d9a866",
                                                      "#b07aa1", "#76b7b2", "#8c8c8c"};

// The bars of one set, from `top` on.
void draw_set(SvgDrawing& out, double top, std::span<const EvalResult> results) {
  const double group = kRow * static_cast<double>(results.size()) + kGap;
  const double bottom = top + group * static_cast<double>(metrics().size());
  for (int step = 0; step <= kSteps; ++step) {
    const double share = static_cast<double>(step) / kSteps, x = kLabel + kPlot * share;
    out.line(x, top - 6, x, bottom, "#ddd");
    out.text(x, bottom + 16, fmt::format("{:.1f}", share), " text-anchor=\"middle\" fill=\"#666\"");
  }
  for (std::size_t metric = 0; metric < metrics().size(); ++metric) {
    const double begin = top + group * static_cast<double>(metric);
    out.text(10, begin + kRow - 6, metrics()[metric].name, " font-weight=\"bold\"");
    for (std::size_t i = 0; i < results.size(); ++i) {
      const double y = begin + kRow * static_cast<double>(i), mean = results[i].quality.mean(metric);
      out.text(kLabel - 8, y + kRow - 6, results[i].label, " text-anchor=\"end\"");
      out.bar(kLabel, y + 2, kPlot * mean, kRow - 5, kColours[i % kColours.size()]);
      out.text(kLabel + kPlot * mean + 6, y + kRow - 6, fmt::format("{:.4f}", mean));
    }
  }
}

double height_of(std::size_t results) {
  return kTop + (kRow * static_cast<double>(results) + kGap) * static_cast<double>(metrics().size()) + kFoot;
}

}  // namespace

std::string eval_chart(std::span<const EvalResult> results) {
  const auto sets = by_set(results);
  double height = 0;
  for (const auto set : sets) height += height_of(set.size());
  SvgDrawing out(kLabel + kPlot + kValue, height);
  double top = 0;
  for (const auto set : sets) {
    out.text(10, top + kTitle, "rappel eval, " + set[0].set, " font-size=\"15\" font-weight=\"bold\"");
    draw_set(out, top + kTop, set);
    top += height_of(set.size());
  }
  return out.file();
}

}  // namespace rappel
