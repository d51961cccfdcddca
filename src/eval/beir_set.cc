#include "eval/beir_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "codec/json.h"
#include "codec/sha256.h"
#include "eval/file_lines.h"
#include "eval/trec_files.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

constexpr char kDocumentForm[] = R"(expected {"_id":"..","title":"..","text":".."})";
constexpr char kQueryForm[] = R"(expected {"_id":"..","text":".."})";

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

std::string splits_of(const fs::path& folder) {
  std::vector<std::string> found;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder / "qrels", error))
    found.push_back(entry.path().stem().string());
  std::sort(found.begin(), found.end());
  return fmt::format("{}", fmt::join(found, ", "));
}

Status missing(const fs::path& file, const std::string& remedy) {
  return Status(Code::kNotFound, fmt::format("there is no {}: {}", file.string(), remedy));
}

Result<fs::path> judgements_file(const fs::path& folder, const std::string& split) {
  const fs::path usual = folder / "qrels" / (split + ".tsv");
  for (const fs::path& file :
       {usual, folder / "qrels" / (split + ".txt"), folder / "qrels" / (split + ".qrels"),
        folder / "qrels.tsv", folder / "qrels.txt", folder / "qrels"})
    if (is_file(file)) return file;
  const std::string splits = splits_of(folder);
  if (!splits.empty())
    return missing(usual, "the set has these splits: " + splits + "; choose one with --split");
  return missing(
      usual,
      "a judged set is a folder with corpus.jsonl, queries.jsonl and qrels/SPLIT.tsv, the layout of BEIR");
}

// The member of a line as text; kInvalidArgument if it is missing.
Result<std::string> member(const FileLine& line, const Json& object, const char* key, const char* form) {
  const auto it = object.find(key);
  if (it != object.end() && it->is_string()) return it->get<std::string>();
  if (it != object.end() && it->is_number_integer()) return it->dump();
  return line.problem(fmt::format("the member \"{}\" is missing or no text; {}", key, form));
}

Result<Json> object_of(const FileLine& line, const char* form) {
  auto parsed = parse_json(line.text);
  if (!parsed.ok()) return line.problem(parsed.status().message() + "; " + form);
  if (!parsed->is_object()) return line.problem(std::string("it is no JSON object; ") + form);
  return parsed;
}

Result<CorpusDocument> document_of(const FileLine& line) {
  RAPPEL_ASSIGN(const Json object, object_of(line, kDocumentForm));
  CorpusDocument document;
  RAPPEL_ASSIGN(document.id, member(line, object, "_id", kDocumentForm));
  RAPPEL_ASSIGN(const std::string text, member(line, object, "text", kDocumentForm));
  const auto title = object.find("title");
  if (title != object.end() && title->is_string()) document.text = title->get<std::string>();
  document.text += (document.text.empty() || text.empty() ? "" : " ") + text;
  if (document.id.empty()) return line.problem("its _id is empty");
  return document;
}

Status check_queries(const JudgedSet& set, const fs::path& file) {
  std::unordered_set<std::string> known;
  for (const JudgedQuery& query : set.queries)
    if (!known.insert(query.id).second)
      return Status(Code::kInvalidArgument,
                    fmt::format("cannot use {}: query {} is there twice", file.string(), query.id));
  for (const auto& [query, judged] : set.judgements)
    if (!known.contains(query))
      return Status(
          Code::kInvalidArgument,
          fmt::format("cannot use {}: query {} is judged, but it is not there; add it, or remove its "
                      "judgements",
                      file.string(), query));
  return {};
}

// Lengths before texts, so that no two corpora give the same bytes.
void add_text(Sha256& digest, const std::string& text) {
  digest.update(fmt::format("{}:", text.size()));
  digest.update(text);
}

}  // namespace

std::string set_name(const fs::path& folder) {
  std::error_code error;
  const fs::path real = fs::canonical(folder, error);
  return (error ? folder : real).filename().string();
}

Result<Judgements> set_judgements(const fs::path& folder, const std::string& split) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    return missing(folder,
                   "name the folder of a judged set, with corpus.jsonl, queries.jsonl and qrels/SPLIT.tsv");
  RAPPEL_ASSIGN(const fs::path file, judgements_file(folder, split));
  return read_judgements(file);
}

Result<JudgedSet> open_set(const fs::path& folder, const std::string& split) {
  JudgedSet set{set_name(folder), folder / "corpus.jsonl", {}, {}};
  RAPPEL_ASSIGN(set.judgements, set_judgements(folder, split));
  const fs::path queries = folder / "queries.jsonl";
  for (const fs::path& file : {queries, set.corpus})
    if (!is_file(file)) return missing(file, "the layout of BEIR has it beside qrels/");
  const Status status = for_each_line(queries, [&](const FileLine& line) -> Status {
    RAPPEL_ASSIGN(const Json object, object_of(line, kQueryForm));
    JudgedQuery query;
    RAPPEL_ASSIGN(query.id, member(line, object, "_id", kQueryForm));
    RAPPEL_ASSIGN(query.text, member(line, object, "text", kQueryForm));
    if (set.judgements.contains(query.id)) set.queries.push_back(std::move(query));
    return {};
  });
  RAPPEL_TRY(status);
  RAPPEL_TRY(check_queries(set, queries));
  return set;
}

Status for_each_document(const fs::path& corpus, const std::function<Status(CorpusDocument)>& each) {
  return for_each_line(corpus, [&](const FileLine& line) -> Status {
    RAPPEL_ASSIGN(CorpusDocument document, document_of(line));
    return each(std::move(document));
  });
}

Result<CorpusSummary> check_corpus(const fs::path& corpus) {
  CorpusSummary summary;
  Sha256 digest;
  std::unordered_set<std::string> ids;
  const Status status = for_each_line(corpus, [&](const FileLine& line) -> Status {
    RAPPEL_ASSIGN(const CorpusDocument document, document_of(line));
    if (!ids.insert(document.id).second)
      return line.problem(fmt::format("document {} is there twice", document.id));
    add_text(digest, document.id);
    add_text(digest, document.text);
    ++summary.documents;
    return {};
  });
  RAPPEL_TRY(status);
  if (summary.documents == 0)
    return Status(Code::kInvalidArgument, fmt::format("cannot use {}: it has no documents", corpus.string()));
  summary.digest = digest.finish_hex();
  return summary;
}

}  // namespace rappel
