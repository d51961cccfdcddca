// Why: the reason that a document is not among the results of a query, with what it would have scored.
//
// The query is answered, and the stages are looked at in their order: the first that stopped the document is
// the reason. The chunk that came furthest counts. Everything that the store says is of one state,
// that which answers the query; models work after that, so that the state is not kept open for long.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "retrieve/query.h"
#include "retrieve/types.h"
#include "retrieve/why_reason.h"

namespace rappel {

class StoreReader;

// The smallest condition of a filter that the document fails. A group of alternatives counts as one, because
// none of them holds.
struct FailedCondition {
  Filter condition;
  std::optional<MetadataValue> has;  // the document's value of its key; nothing: it has none
};

// The smallest condition on texts that no chunk of the document fulfils.
struct FailedTextCondition {
  std::string condition;  // as in a query: "\"cold pump\"", "-pump"; several if each holds for some chunk
  std::string sentence;
};

struct WhyInput {
  QueryInput query;
  // The document; or the id of one of its chunks, to ask for this chunk alone.
  std::string document_id;
};

struct WhyAnswer {
  WhyReason reason = WhyReason::kNotStored;
  std::string sentence;   // for a person
  std::size_t place = 0;  // among the results of all pages, from 1; 0: it is none
  std::optional<FailedCondition> failed = {};
  std::string failed_text = {};                   // FailedTextCondition::condition
  std::string chunk_id = {};                      // the document's best chunk; "": none was scored
  std::string result_id = {};                     // the result in whose favor it is none; "": none
  std::optional<double> score = {}, needed = {};  // of that chunk, and to be a result
  std::optional<Explanation> explanation = {};    // of that chunk; ranks are up to kWhyDepth
  std::vector<LackingSignal> lacking = {};
};

// Ranks beyond this are not looked for.
inline constexpr std::size_t kWhyDepth = 1000;

// Errors as answer_queries(). kInvalidArgument for a later page too.
Result<WhyAnswer> why(const QueryParts& parts, WhyInput input, const RequestContext& context);

// Nothing: the document matches.
std::optional<FailedCondition> failed_condition(const Filter& filter, const std::string& document_id,
                                                const Metadata& metadata);
// Nothing: some chunk of the document fulfils them all. Errors of the store.
Result<std::optional<FailedTextCondition>> failed_text_condition(StoreReader& reader,
                                                                 const TextConditions& conditions,
                                                                 const std::string& document_id);
// "author in [\"Al\"]".
std::string condition_text(const Filter& condition);
// The condition that stopped the document, of its metadata or its text; "": none did.
std::string condition_text(const WhyAnswer& answer);

}  // namespace rappel
