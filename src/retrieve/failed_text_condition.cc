#include <fmt/format.h>

#include "retrieve/why.h"
#include "store/snapshot_store.h"

namespace rappel {
namespace {

// One condition with the way to write it in a query and what its failure means.
struct Single {
  TextConditions conditions;
  std::string written, sentence;
};

std::vector<Single> singles_of(const TextConditions& conditions) {
  std::vector<Single> singles;
  for (const std::string& phrase : conditions.phrases) {
    const std::string written = fmt::format("\"{}\"", phrase);
    singles.push_back({{.phrases = {phrase}}, written, "none of its chunks has " + written});
  }
  for (const std::string& phrase : conditions.without_phrases) {
    const std::string written = fmt::format("\"{}\"", phrase);
    singles.push_back({{.without_phrases = {phrase}}, "-" + written, "each of its chunks has " + written});
  }
  for (const std::string& word : conditions.without_words)
    singles.push_back({{.without_words = {word}}, "-" + word, "each of its chunks has the word " + word});
  return singles;
}

Result<bool> fulfils(StoreReader& reader, const TextConditions& conditions, const std::string& document_id) {
  SearchRequest request = SearchRequest::match(1, Filter::document(document_id));
  request.text = conditions;
  RAPPEL_ASSIGN(const auto hits, reader.search(request));
  return !hits.empty();
}

}  // namespace

Result<std::optional<FailedTextCondition>> failed_text_condition(StoreReader& reader,
                                                                 const TextConditions& conditions,
                                                                 const std::string& document_id) {
  using Failed = std::optional<FailedTextCondition>;
  if (conditions.empty()) return Failed();
  RAPPEL_ASSIGN(const bool all, fulfils(reader, conditions, document_id));
  if (all) return Failed();
  std::string together;
  for (Single& single : singles_of(conditions)) {
    RAPPEL_ASSIGN(const bool one, fulfils(reader, single.conditions, document_id));
    if (!one) return Failed({std::move(single.written), std::move(single.sentence)});
    together += (together.empty() ? "" : " ") + single.written;
  }
  return Failed({together, "none of its chunks fulfils all of " + together});
}

}  // namespace rappel
