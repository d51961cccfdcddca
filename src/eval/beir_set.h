// A judged set in the layout of BEIR: a folder with
//
//   corpus.jsonl      {"_id","title","text"} per line; the text of a document is its title, a space, its text
//   queries.jsonl     {"_id","text"} per line
//   qrels/SPLIT.tsv   judgements (trec_files.h); or, in this order, qrels/SPLIT.txt, qrels/SPLIT.qrels,
//                     qrels.tsv, qrels.txt, qrels: a set without splits
//
// Ids are strings; whole numbers are read as such. Other members of a line are ignored. Errors name the file,
// the line and what is wrong (kInvalidArgument), or the file that is missing and what to do (kNotFound).
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/status.h"
#include "eval/types.h"

namespace rappel {

struct JudgedQuery {
  std::string id, text;
};

struct JudgedSet {
  std::string name;  // of the folder
  std::filesystem::path corpus;
  std::vector<JudgedQuery> queries;  // those with a judgement, in the order of queries.jsonl
  Judgements judgements;
};

// The corpus is not read.
Result<JudgedSet> open_set(const std::filesystem::path& folder, const std::string& split);

// The name of a set, and its judgements alone: enough to score a run.
std::string set_name(const std::filesystem::path& folder);
Result<Judgements> set_judgements(const std::filesystem::path& folder, const std::string& split);

struct CorpusDocument {
  std::string id, text;  // text: with the title
};

// Each document, in the order of the file. The first error of `each` ends it.
Status for_each_document(const std::filesystem::path& corpus,
                         const std::function<Status(CorpusDocument)>& each);

struct CorpusSummary {
  std::size_t documents = 0;
  std::string digest;  // SHA-256 of all ids and texts, 64 hex digits
};

// Reads every line, so that a mistake is found before any work is done. kInvalidArgument also for an id that
// is there twice, and for a corpus without documents.
Result<CorpusSummary> check_corpus(const std::filesystem::path& corpus);

}  // namespace rappel
