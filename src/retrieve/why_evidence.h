// WhyEvidence: what the store says of the document that why() looks for, in the state that answers the query.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "embed/embedding.h"
#include "retrieve/query_call.h"
#include "retrieve/why.h"
#include "store/snapshot_store.h"

namespace rappel {

// A document, or one chunk of it.
struct WhySubject {
  std::string document_id;
  std::string chunk_id = {};  // "": any chunk of the document
  std::shared_ptr<const Metadata> metadata;

  bool is(std::string_view document, std::string_view chunk) const {
    return document == document_id && (chunk_id.empty() || chunk == chunk_id);
  }
};

struct WhyEvidence {
  std::optional<WhySubject> subject;  // nothing: it is not stored
  std::optional<FailedCondition> failed = {};
  std::optional<FailedTextCondition> failed_text = {};
  // Those of its chunks that went on from fusion, in that order; if none did, the best one of those that did
  // not. They have their chunks.
  std::vector<Candidate> candidates = {};
  bool behind_depth = false;  // the latter
};

// `work`: the query after its candidates are found. kResourceExhausted beyond the bounds of `context.memory`,
// errors of store and embedder.
Result<WhyEvidence> look_up(const QueryParts& parts, const WhyInput& input, const Embedding& embedding,
                            const QueryWork& work, StoreReader& reader, const RequestContext& context);

}  // namespace rappel
