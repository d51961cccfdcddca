// rappel rerank: JSON lines of a query with passages in, JSON lines of scores out.
#include <fmt/format.h>

#include <ostream>

#include "base/escape_controls.h"
#include "cli/command.h"
#include "codec/json_lines.h"
#include "config/settings.h"
#include "embed/local/local_reranker.h"
#include "wiring/runtime.h"

namespace rappel {
namespace {

constexpr std::size_t kMaxLine = std::size_t{64} << 20;

Result<std::vector<std::string>> passages_of(const Json& object) {
  const auto it = object.find("passages");
  if (it == object.end() || !it->is_array())
    return Status(Code::kInvalidArgument, "member \"passages\" is missing or not a list");
  std::vector<std::string> passages;
  for (const Json& passage : *it) {
    if (!passage.is_string())
      return Status(Code::kInvalidArgument, fmt::format("passage {} is not a string", passages.size()));
    passages.push_back(passage.get<std::string>());
  }
  return passages;
}

Result<std::string> scores_of(LocalReranker& reranker, const Json& object, bool raw) {
  RAPPEL_ASSIGN(const std::string query, json_string(object, "query"));
  RAPPEL_ASSIGN(const auto passages, passages_of(object));
  std::string out = "[";
  const auto append_all = [&](const auto& values) {
    for (const auto value : values) {
      if (out.size() > 1) out += ',';
      append_number(out, value);
    }
  };
  if (raw) {
    RAPPEL_ASSIGN(const auto logits, reranker.logits(query, passages));
    append_all(logits);
  } else {
    RAPPEL_ASSIGN(const auto scores, reranker.scores(query, passages));
    append_all(scores);
  }
  return out + "]";
}

}  // namespace

int run_rerank(CommandContext& context) {
  const Options& options = context.options;
  Runtime runtime(runtime_settings(options), hub_settings_of(context), *context.logger);
  auto reranker = runtime.load_reranker(reranker_settings(options), false);
  if (!reranker.ok()) return context.console.fail(kExitUsage, reranker.status());

  std::ostream& out = *context.console.out;
  JsonLineReader lines(context.console.in, kMaxLine, [&](std::size_t line, const std::string& problem) {
    *context.console.err << "rappel: line " << line << ": " << escape_controls(problem) << std::endl;
  });
  JsonLineReader::Record record;
  while (out && lines.next(&record)) {
    const auto scores = scores_of(**reranker, record.object, options.boolean("--raw"));
    if (scores.ok()) {
      out << fmt::format("{{\"id\":{},\"scores\":{}}}\n", record.id(), *scores);
      if (lines.would_wait()) out.flush();
    } else {
      lines.reject(record.line, scores.status().to_string());
    }
  }
  out.flush();
  return lines.rejected() == 0 && out ? kExitOk : kExitFailed;
}

}  // namespace rappel
