#include "eval/set_writer.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/escape_controls.h"
#include "base/os/scratch_file.h"
#include "codec/json.h"

namespace rappel {
namespace {

namespace fs = std::filesystem;

Status cannot_write(const fs::path& path, const std::string& cause) {
  return Status(Code::kUnavailable,
                fmt::format("cannot write {}; check the permissions and the free space", path.string()),
                cause);
}

}  // namespace

SetWriter::SetWriter(fs::path folder) : folder_(std::move(folder)), partial_(folder_) {
  partial_ += ".partial";
}

Result<SetWriter> SetWriter::create(const fs::path& folder) {
  // "set/" and "set" are the same folder, and its name gets an ending.
  const fs::path named = folder.has_filename() ? folder : folder.parent_path();
  std::error_code error;
  if (fs::exists(named, error))
    return Status(Code::kFailedPrecondition,
                  fmt::format("cannot write the judged set {}: it exists; remove it, name another folder, or "
                              "evaluate it without --from-log",
                              named.string()));
  SetWriter writer(named);
  fs::remove_all(writer.partial_, error);
  RAPPEL_TRY(make_private_folder(writer.partial_ / "qrels"));
  writer.corpus_.open(writer.partial_ / "corpus.jsonl", std::ios::binary);
  writer.queries_.open(writer.partial_ / "queries.jsonl", std::ios::binary);
  writer.judgements_.open(writer.partial_ / "qrels" / "test.tsv", std::ios::binary);
  writer.judgements_ << "query-id\tcorpus-id\tscore\n";
  return writer;
}

void SetWriter::add_document(const std::string& id, const std::string& text) {
  corpus_ << dump_json(Json{{"_id", id}, {"title", ""}, {"text", text}}) << "\n";
}

void SetWriter::add_query(const std::string& id, const std::string& text) {
  queries_ << dump_json(Json{{"_id", id}, {"text", text}}) << "\n";
}

Status SetWriter::add_judgement(const std::string& query, const std::string& document, int relevance) {
  for (const std::string* id : {&query, &document})
    if (id->find_first_of("\t\r\n") != std::string::npos)
      return Status(
          Code::kInvalidArgument,
          fmt::format("cannot judge '{}': its id has a tab or a line end; rename it", escape_controls(*id)));
  judgements_ << query << "\t" << document << "\t" << relevance << "\n";
  return {};
}

Status SetWriter::finish() {
  errno = 0;
  for (std::ofstream* const file : {&corpus_, &queries_, &judgements_}) {
    file->close();
    if (!file->good()) return cannot_write(partial_, errno != 0 ? std::strerror(errno) : "");
  }
  std::error_code error;
  fs::rename(partial_, folder_, error);
  if (error) return cannot_write(folder_, error.message());
  return {};
}

}  // namespace rappel
