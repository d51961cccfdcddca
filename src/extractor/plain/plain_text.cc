#include "extractor/plain/plain_text.h"

#include <string>

#include "extractor/plain/encoding.h"
#include "extractor/plain/lines.h"

namespace rappel::extractor {

Status read_plain_text(const Source& source, ContentSink& sink) {
  std::string text;
  RAPPEL_TRY(decode_text(source.bytes, source.charset, sink, text));
  return give_paragraphs(text, BlockKind::kParagraph, sink);
}

}  // namespace rappel::extractor
