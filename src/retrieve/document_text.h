// The text of a stored document, read back from its chunks, a part at a time.
//
// Positions are code points of the document's text, as it was when it was stored. The store does not keep the
// white space between two chunks; the text has as many characters there (sections.h).
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/status.h"
#include "retrieve/types.h"
#include "store/document_store.h"

namespace rappel {

struct DocumentPart {
  std::string id;
  std::size_t begin = 0;
  std::size_t most_chars = 0;  // of the part; at most kMostPartChars
};
inline constexpr std::size_t kMostPartChars = std::size_t{1} << 18;

struct DocumentText {
  DocumentSummary document;
  std::string text;
  TextRange range;         // of `text`; empty when the part begins after the end
  std::size_t length = 0;  // of the whole document

  bool is_last() const { return range.end >= length; }
};

// Nothing if there is no such document. kCancelled, kResourceExhausted beyond `context.memory`, kUnsupported
// by a store without neighbors (StoreInfo), errors of the store.
Result<std::optional<DocumentText>> read_document(DocumentStore& store, const DocumentPart& part,
                                                  const RequestContext& context);

}  // namespace rappel
