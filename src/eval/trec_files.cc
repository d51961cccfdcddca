#include "eval/trec_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "base/number.h"
#include "codec/json_lines.h"
#include "eval/file_lines.h"
#include "eval/metrics.h"

namespace rappel {
namespace {

constexpr std::string_view kWhite = " \t\n\r\f\v";

std::vector<std::string_view> columns(std::string_view text, std::string_view separators, bool merge) {
  std::vector<std::string_view> found;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    if (end > 0 || !merge) found.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return found;
}

std::optional<int> whole_number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

struct Judgement {
  std::string query, document, relevance;
  bool named = false;  // of a file that may open with the names of its columns
};

Result<Judgement> read_judgement(const FileLine& line) {
  if (const auto beir = columns(line.text, "\t", /*merge=*/false); beir.size() == 3)
    return Judgement{std::string(beir[0]), std::string(beir[1]), std::string(beir[2]), true};
  if (const auto trec = columns(line.text, kWhite, /*merge=*/true); trec.size() == 4)
    return Judgement{std::string(trec[0]), std::string(trec[2]), std::string(trec[3])};
  return line.problem(
      "expected \"query-id<TAB>corpus-id<TAB>score\" (BEIR) or \"query 0 document relevance\" (TREC)");
}

Status nothing_in(const std::filesystem::path& file, const char* things) {
  return Status(Code::kInvalidArgument, fmt::format("cannot use {}: it has no {}", file.string(), things));
}

bool has_white_space(const std::string& id) {
  return id.empty() || id.find_first_of(kWhite) != std::string::npos;
}

}  // namespace

Result<Judgements> read_judgements(const std::filesystem::path& file) {
  Judgements judgements;
  bool first = true;
  const Status status = for_each_line(file, [&](const FileLine& line) -> Status {
    RAPPEL_ASSIGN(Judgement read, read_judgement(line));
    const std::optional<int> relevance = whole_number(read.relevance);
    const bool names = !relevance && first && read.named;
    first = false;
    if (names) return {};
    if (!relevance) return line.problem(fmt::format("the relevance '{}' is no whole number", read.relevance));
    const auto [it, fresh] = judgements[read.query].try_emplace(read.document, *relevance);
    if (!fresh && it->second != *relevance)
      return line.problem(fmt::format("document {} of query {} was judged {} before; keep one of the lines",
                                      read.document, read.query, it->second));
    return {};
  });
  RAPPEL_TRY(status);
  if (judgements.empty()) return nothing_in(file, "judgements");
  return judgements;
}

Result<Run> read_run(const std::filesystem::path& file) {
  Run run;
  std::map<std::string, std::set<std::string>> seen;
  const Status status = for_each_line(file, [&](const FileLine& line) -> Status {
    const auto fields = columns(line.text, kWhite, /*merge=*/true);
    if (fields.size() != 6)
      return line.problem(fmt::format(
          "it has {} columns instead of six: \"query Q0 document rank score tag\"", fields.size()));
    const std::string query(fields[0]), document(fields[2]);
    const std::optional<double> score = parse_number(fields[4]);
    if (!score) return line.problem(fmt::format("the score '{}' is no decimal number", fields[4]));
    if (!seen[query].insert(document).second)
      return line.problem(fmt::format("query {} has document {} twice; keep its best line", query, document));
    run[query].push_back({document, *score});
    return {};
  });
  RAPPEL_TRY(status);
  if (run.empty()) return nothing_in(file, "answers");
  return run;
}

Result<std::string> run_text(const Run& run, const std::string& tag) {
  std::string out;
  for (const auto& [query, answers] : run) {
    std::size_t rank = 0;
    for (const RankedDocument* answer : in_order(answers)) {
      for (const std::string* id : {&query, &answer->id})
        if (has_white_space(*id))
          return Status(Code::kInvalidArgument,
                        fmt::format("cannot write a TREC run: the id '{}' has white space, or is empty; "
                                    "rename it in the set, or go without --run",
                                    *id));
      out += fmt::format("{} Q0 {} {} ", query, answer->id, ++rank);
      append_number(out, answer->score);
      out += " " + tag + "\n";
    }
  }
  return out;
}

}  // namespace rappel
