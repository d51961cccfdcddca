#include "cli/eval_output.h"

#include <fmt/format.h>

#include <ostream>

#include "base/units.h"

namespace rappel {
namespace {

void print_set(std::span<const EvalResult> results, const SetCounts& counts, bool asked,
               const EvalReport& report, std::ostream& out) {
  out << fmt::format("{}: {}", results[0].set, count_text(counts.queries, "judged query", "judged queries"));
  if (asked)
    out << fmt::format(", {} ({} stored by this run)", count_text(counts.corpus.documents, "document"),
                       counts.stored);
  out << "\n\n" << eval_table(results);
  for (const EvalComparison& comparison : report.comparisons)
    if (comparison.set == results[0].set) out << "\n" << comparison_table(comparison);
}

}  // namespace

void print_eval(const EvalOutput& output, bool json, bool asked, const Console& console) {
  std::ostream& out = *console.out;
  const EvalReport& report = output.report;
  if (json) {
    out << dump_json(eval_json(report)) << "\n" << std::flush;
    return;
  }
  const auto sets = by_set(report.results);
  for (std::size_t i = 0; i < sets.size(); ++i) {
    out << (i > 0 ? "\n" : "");
    print_set(sets[i], output.sets[i], asked, report, out);
  }
  if (!sets.empty() && (!report.notes.empty() || !output.written.empty())) out << "\n";
  for (const std::string& sentence : report.notes) out << console.out_style.fitted(sentence, 0) << "\n";
  for (const std::string& line : output.written) out << line << "\n";
  out << std::flush;
}

}  // namespace rappel
