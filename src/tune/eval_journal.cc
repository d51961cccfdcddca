#include "tune/eval_journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "base/os/file.h"
#include "base/os/scratch_file.h"
#include "codec/json.h"

namespace rappel {
namespace {

Status cannot_keep(const std::filesystem::path& file) {
  return Status(Code::kUnavailable,
                "cannot keep the answers in " + file.string() +
                    "; check the permissions and the free space of RAPPEL_DATA_DIR",
                std::strerror(errno));
}

std::optional<RankedDocument> document_of(const Json& pair) {
  if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() || !pair[1].is_number()) return {};
  return RankedDocument{pair[0].get<std::string>(), pair[1].get<double>()};
}

struct Line {
  std::string query;
  EvalAnswer answer;
};

// Nothing for a line that add() did not write whole.
std::optional<Line> parse_line(std::string_view text) {
  const auto json = parse_json(text);
  if (!json.ok() || !json->is_object()) return {};
  const auto query = json->find("query"), ms = json->find("ms"), answers = json->find("answers");
  if (query == json->end() || ms == json->end() || answers == json->end()) return {};
  if (!query->is_string() || !ms->is_number() || !answers->is_array()) return {};
  Line line{query->get<std::string>(), {{}, ms->get<double>()}};
  for (const Json& pair : *answers) {
    std::optional<RankedDocument> document = document_of(pair);
    if (!document) return {};
    line.answer.documents.push_back(std::move(*document));
  }
  return line;
}

}  // namespace

Result<EvalJournal> EvalJournal::open(const std::filesystem::path& file) {
  RAPPEL_TRY(make_private_folder(file.parent_path()));
  EvalJournal journal(file, Fd(::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600)));
  if (journal.fd_.get() < 0) return cannot_keep(file);
  RAPPEL_ASSIGN(const std::string text, read_file(file));
  std::size_t whole = 0;
  for (std::size_t end = 0; (end = text.find('\n', whole)) != std::string::npos; whole = end + 1) {
    std::optional<Line> line = parse_line(std::string_view(text).substr(whole, end - whole));
    if (!line) break;
    journal.answers_.insert_or_assign(std::move(line->query), std::move(line->answer));
  }
  if (whole < text.size() && ::ftruncate(journal.fd_.get(), static_cast<off_t>(whole)) != 0)
    return cannot_keep(file);
  return journal;
}

const EvalAnswer* EvalJournal::find(const std::string& query) const {
  const auto found = answers_.find(query);
  return found == answers_.end() ? nullptr : &found->second;
}

Status EvalJournal::add(const std::string& query, const EvalAnswer& answer) {
  Json pairs = Json::array();
  for (const RankedDocument& document : answer.documents) pairs.push_back({document.id, document.score});
  const std::string line =
      dump_json(Json{{"query", query}, {"ms", answer.ms}, {"answers", std::move(pairs)}}) + "\n";
  for (std::size_t at = 0; at < line.size();) {
    const ssize_t written = ::write(fd_.get(), line.data() + at, line.size() - at);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return cannot_keep(file_);
    at += static_cast<std::size_t>(written);
  }
  answers_.insert_or_assign(query, answer);
  return {};
}

}  // namespace rappel
