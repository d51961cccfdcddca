#include "tune/logged_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "base/cancelled.h"
#include "base/escape_controls.h"
#include "eval/set_writer.h"
#include "retrieve/sections.h"

namespace rappel {
namespace {

constexpr std::size_t kPage = 256;  // documents of a question for those that are there

// "a" of "a_12"; empty if it is no id of a chunk.
std::string document_of_chunk(const std::string& id) {
  const std::size_t digits = id.find_last_not_of("0123456789") + 1;
  return digits < 2 || digits == id.size() || id[digits - 1] != '_' ? "" : id.substr(0, digits - 1);
}

Result<std::set<std::string>> known_of(DocumentStore& store, const std::set<std::string>& ids) {
  const std::vector<std::string> all(ids.begin(), ids.end());
  std::set<std::string> known;
  for (std::size_t begin = 0; begin < all.size(); begin += kPage) {
    const auto part = std::span(all).subspan(begin, std::min(kPage, all.size() - begin));
    RAPPEL_ASSIGN(const auto found, store.get(part));
    for (const DocumentSummary& document : found) known.insert(document.id);
  }
  return known;
}

// The documents of the answers, each once.
Result<std::vector<LoggedQuestion>> answered(std::span<const LoggedQuestion> questions, DocumentStore& store,
                                             LoggedSet& counts) {
  std::set<std::string> ids;
  for (const LoggedQuestion& question : questions)
    for (const std::string& id : question.answers)
      for (const std::string& one : {id, document_of_chunk(id)})
        if (!one.empty()) ids.insert(one);
  RAPPEL_ASSIGN(const auto known, known_of(store, ids));
  std::vector<LoggedQuestion> found;
  for (const LoggedQuestion& question : questions) {
    LoggedQuestion kept{question.text, {}};
    for (const std::string& id : question.answers) {
      const std::string document = known.contains(id) ? id : document_of_chunk(id);
      if (!known.contains(document)) {
        if (counts.unknown++ == 0) counts.example = id;
      } else if (std::find(kept.answers.begin(), kept.answers.end(), document) == kept.answers.end()) {
        kept.answers.push_back(document);
      }
    }
    counts.answers += kept.answers.size();
    if (kept.answers.empty())
      ++counts.unanswered;
    else
      found.push_back(std::move(kept));
  }
  counts.questions = found.size();
  return found;
}

Result<std::string> text_of(DocumentStore& store, const DocumentSummary& document) {
  Section whole;
  for (std::int64_t index = 0; index < document.chunk_count; ++index) {
    RAPPEL_ASSIGN(auto chunk, store.chunk_at(document.id, static_cast<std::uint32_t>(index)));
    if (!chunk) break;  // the document was replaced or removed meanwhile
    if (index == 0)
      whole.chunk = std::move(*chunk);
    else
      append_chunk(whole, *chunk);
  }
  return std::move(whole.chunk.text);
}

}  // namespace

Result<LoggedSet> write_logged_set(std::span<const LoggedQuestion> questions, DocumentStore& store,
                                   const std::filesystem::path& folder,
                                   const std::function<void(std::size_t, std::size_t)>& advance,
                                   const std::stop_token& stop) {
  LoggedSet counts;
  RAPPEL_ASSIGN(const auto kept, answered(questions, store, counts));
  if (kept.empty())
    return Status(Code::kInvalidArgument,
                  fmt::format("the store has none of the {} answers of the log, for example '{}'; name the "
                              "store with --data-dir, and compare the ids with those of `rappel list`",
                              counts.unknown, escape_controls(counts.example)));
  RAPPEL_ASSIGN(SetWriter writer, SetWriter::create(folder));
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const std::string query = fmt::format("q{}", i + 1);
    writer.add_query(query, kept[i].text);
    for (const std::string& document : kept[i].answers) RAPPEL_TRY(writer.add_judgement(query, document, 1));
  }
  for (std::size_t offset = 0;; offset += kPage) {
    RAPPEL_ASSIGN(const DocumentPage page, store.list({}, offset, kPage));
    for (const DocumentSummary& document : page.documents) {
      if (stop.stop_requested()) return request_cancelled();
      RAPPEL_ASSIGN(const std::string text, text_of(store, document));
      writer.add_document(document.id, text);
      advance(++counts.documents, static_cast<std::size_t>(page.total));
    }
    if (page.documents.size() < kPage) break;
  }
  RAPPEL_TRY(writer.finish());
  return counts;
}

}  // namespace rappel
