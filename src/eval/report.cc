#include "eval/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/statistics.h"

namespace rappel {
namespace {

constexpr std::size_t kLeastLabel = 12;

std::vector<double> means_of(const RunQuality& quality) {
  std::vector<double> means;
  for (std::size_t i = 0; i < metrics().size(); ++i) means.push_back(quality.mean(i));
  return means;
}

Json settings_json(const EvalResult& result) {
  Json settings = Json::object();
  for (const auto& [key, value] : result.settings) settings[key] = value;
  return settings;
}

Json result_json(const EvalResult& result) {
  Json values = Json::object(), latency = Json::object();
  for (std::size_t i = 0; i < metrics().size(); ++i) values[metrics()[i].name] = result.quality.mean(i);
  if (result.latency)
    latency = {{"p50", result.latency->p50},
               {"p90", result.latency->p90},
               {"p95", result.latency->p95},
               {"p99", result.latency->p99}};
  return {{"name", result.set},
          {"mode", result.mode},
          {"settings", settings_json(result)},
          {"metrics", std::move(values)},
          {"latency_ms", std::move(latency)}};
}

Json comparison_json(const EvalComparison& comparison) {
  Json values = Json::object();
  for (std::size_t i = 0; i < metrics().size(); ++i) {
    const PairedComparison& metric = comparison.metrics[i];
    values[metrics()[i].name] = {{"a", comparison.means_a[i]},
                                 {"b", comparison.means_b[i]},
                                 {"difference", metric.difference},
                                 {"p", metric.p},
                                 {"exact", metric.exact},
                                 {"won", metric.won},
                                 {"tied", metric.tied},
                                 {"lost", metric.lost}};
  }
  return {{"name", comparison.set}, {"a", comparison.a}, {"b", comparison.b}, {"metrics", std::move(values)}};
}

}  // namespace

EvalLatency latency_of(std::vector<double> ms) {
  std::sort(ms.begin(), ms.end());
  return {percentile(ms, 0.5), percentile(ms, 0.9), percentile(ms, 0.95), percentile(ms, 0.99)};
}

EvalComparison compare_results(const EvalResult& a, const EvalResult& b, const PairedTestOptions& options) {
  EvalComparison comparison{a.set, a.label, b.label, means_of(a.quality), means_of(b.quality), {}};
  for (std::size_t i = 0; i < metrics().size(); ++i)
    comparison.metrics.push_back(compare_pairs(a.quality.values[i], b.quality.values[i], options));
  return comparison;
}

std::vector<std::span<const EvalResult>> by_set(std::span<const EvalResult> results) {
  std::vector<std::span<const EvalResult>> sets;
  for (std::size_t begin = 0, end = 0; begin < results.size(); begin = end) {
    while (end < results.size() && results[end].set == results[begin].set) ++end;
    sets.push_back(results.subspan(begin, end - begin));
  }
  return sets;
}

std::string eval_table(std::span<const EvalResult> results) {
  std::size_t width = kLeastLabel;
  for (const EvalResult& result : results) width = std::max(width, result.label.size());
  std::string out = fmt::format("{:<{}}", "mode", width);
  for (const Metric& metric : metrics()) out += fmt::format("{:>12}", metric.name);
  out += fmt::format("{:>10}{:>9}{:>9}\n", "p50 ms", "p90", "p99");
  for (const EvalResult& result : results) {
    out += fmt::format("{:<{}}", result.label, width);
    for (const double mean : means_of(result.quality)) out += fmt::format("{:>12.4f}", mean);
    if (result.latency)
      out += fmt::format("{:>10.2f}{:>9.2f}{:>9.2f}", result.latency->p50, result.latency->p90,
                         result.latency->p99);
    else
      out += fmt::format("{:>10}{:>9}{:>9}", "-", "-", "-");
    out += "\n";
  }
  return out;
}

std::string comparison_table(const EvalComparison& comparison) {
  std::string out = fmt::format("a: {}\nb: {}\n\n{:<12}{:>9}{:>9}{:>10}{:>9}{:>12}{:>6}{:>7}\n", comparison.a,
                                comparison.b, "", "a", "b", "b - a", "p", "queries won", "tied", "lost");
  for (std::size_t i = 0; i < metrics().size(); ++i) {
    const PairedComparison& metric = comparison.metrics[i];
    out += fmt::format("{:<12}{:>9.4f}{:>9.4f}{:>+10.4f}{:>9.4f}{:>12}{:>6}{:>7}\n", metrics()[i].name,
                       comparison.means_a[i], comparison.means_b[i], metric.difference, metric.p, metric.won,
                       metric.tied, metric.lost);
  }
  return out;
}

Json eval_json(const EvalReport& report) {
  Json sets = Json::array();
  for (const EvalResult& result : report.results) sets.push_back(result_json(result));
  Json out = {{"sets", std::move(sets)}};
  if (!report.comparisons.empty()) {
    out["comparisons"] = Json::array();
    for (const EvalComparison& comparison : report.comparisons)
      out["comparisons"].push_back(comparison_json(comparison));
  }
  if (!report.notes.empty()) out["notes"] = report.notes;
  return out;
}

}  // namespace rappel
