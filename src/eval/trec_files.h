// Judgements and runs as files, in the formats of trec_eval and BEIR.
//
// judgements  "query 0 document relevance" with white space between (TREC), or "query<TAB>document<TAB>score"
//             with an optional first line of names (BEIR); the number of columns decides
// runs        "query Q0 document rank score tag"; the rank is ignored when read, as trec_eval does
//
// Errors of reading name file and line: kInvalidArgument for a line that cannot be read, a query's document
// that is there twice with another relevance (judgements) or at all (runs), and a file without any line.
#pragma once

#include <filesystem>
#include <string>

#include "base/status.h"
#include "eval/types.h"

namespace rappel {

Result<Judgements> read_judgements(const std::filesystem::path& file);

Result<Run> read_run(const std::filesystem::path& file);

// The text of a run file: by query in their order, answers in the order of the metrics, and scores as the
// shortest decimals that read back to the same doubles. kInvalidArgument for an id with white space, which
// the format cannot hold.
Result<std::string> run_text(const Run& run, const std::string& tag);

}  // namespace rappel
