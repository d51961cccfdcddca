#include "tune/bench_chart.h"

#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "codec/svg.h"
#include "tune/measure.h"

namespace rappel {
namespace {

constexpr double kTop = 80, kRow = 26, kLabel = 235, kPlot = 480, kValue = 90, kFoot = 30;
constexpr double kLeastMs = 1e-5;  // below that there is no clock

// Powers of ten around all times, and where a time lies between them.
struct Axis {
  int first = 0, last = 1;

  Axis(const BenchRun& run, const BenchRun* against) {
    double least = 1e9, most = 0;
    for (const BenchRow& row : run.rows) {
      least = std::min({least, row.ms.min, row.ms.median});
      most = std::max({most, row.ms.p95, row.ms.median});
      if (against == nullptr) continue;
      if (const auto change = change_of(row, *against))
        least = std::min(least, change->before_ms), most = std::max(most, change->before_ms);
    }
    first = static_cast<int>(std::floor(std::log10(std::max(least, kLeastMs))));
    last = std::max(first + 1, static_cast<int>(std::ceil(std::log10(std::max(most, kLeastMs)))));
  }

  double x(double ms) const {
    return kLabel +
           kPlot * std::clamp((std::log10(std::max(ms, kLeastMs)) - first) / (last - first), 0.0, 1.0);
  }
};

}  // namespace

std::string bench_chart(const BenchRun& run, const BenchRun* against) {
  const Axis axis(run, against);
  const double bottom = kTop + kRow * static_cast<double>(run.rows.size()), width = kLabel + kPlot + kValue;
  SvgDrawing out(width, bottom + kFoot);
  out.text(10, 22, "rappel bench, " + run.time, " font-size=\"15\" font-weight=\"bold\"");
  out.text(10, 42, run.device);
  out.text(10, 58,
           "bar: median; line: least time to 95th percentile" +
               (against == nullptr ? "" : "; red: the median of " + against->time),
           " fill=\"#666\"");
  for (int power = axis.first; power <= axis.last; ++power) {
    const double x = axis.x(std::pow(10, power));
    out.line(x, kTop - 6, x, bottom, "#ddd");
    out.text(x, bottom + 16, time_text(std::pow(10, power)), " text-anchor=\"middle\" fill=\"#666\"");
  }
  for (std::size_t i = 0; i < run.rows.size(); ++i) {
    const BenchRow& row = run.rows[i];
    const double y = kTop + kRow * static_cast<double>(i), x = axis.x(row.ms.median),
                 middle = y + kRow / 2 - 2;
    out.text(kLabel - 8, middle + 4, row.name + (row.cache.empty() ? "" : ", cache " + row.cache),
             " text-anchor=\"end\"");
    out.bar(kLabel, y + 2, x - kLabel, kRow - 8, row.cache == "on" ? "#9dbf97" : "#5b7c99");
    out.line(axis.x(row.ms.min), middle, axis.x(row.ms.p95), middle, "#222");
    double end = std::max(x, axis.x(row.ms.p95));
    if (const auto change = against == nullptr ? std::nullopt : change_of(row, *against)) {
      const double before = axis.x(change->before_ms);
      out.line(before, y, before, y + kRow - 4, "#c0392b");
      end = std::max(end, before);
    }
    out.text(end + 6, middle + 4, time_text(row.ms.median));
  }
  return out.file();
}

}  // namespace rappel
