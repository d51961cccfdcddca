// Chunker: a text cut into pieces of about `tokens` tokens of the embedding model's own tokenizer.
//
// Every character of the text that is not white space is in exactly one chunk (two, within the overlap), and
// a chunk's text is exactly text[begin, end) in code points. A piece that is not the last ends at the last
// sentence end (. ? ! before white space, their CJK forms, or a line end) past min_chars characters; where
// there is none, at the last white space of its second half; else at a token border that is a border of
// grapheme clusters too. Only a cluster that is longer than a piece is cut inside, between two characters.
// White space around a chunk is left out of it. A last piece of under a tenth of `tokens` joins
// its predecessor, so a chunk has at most 1.1 * tokens tokens, and at most 32 * tokens characters: a token
// can stand for any length of text. A text of at most min_document characters (outer white space aside) gives
// no chunk, as in the system this replaces.
//
// The tokens of a long text are read piece by piece, so that their memory does not grow with the text. A
// piece ends before white space between two ASCII letters or digits, where words end for every tokenizer;
// only a text without such a place is cut elsewhere, which can move a border by a token. The text must be
// valid UTF-8. Safe from any thread. The time is linear in the length of the text whatever it is made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "ingest/content/outline.h"
#include "store/place.h"
#include "text/tokenizer.h"

namespace rappel {

// Where sentences end. kMarks: after the characters that the rule above names. kLanguage: as sentences.h has
// it.
enum class SentenceRules { kMarks, kLanguage };

struct ChunkOptions {
  std::size_t tokens = 200;      // 16 .. 8192
  std::size_t overlap = 0;       // tokens repeated from the end of the previous chunk, < tokens / 2
  std::size_t min_chars = 350;   // a sentence end counts past this many code points
  std::size_t min_document = 5;  // texts of at most this many code points are not stored
  std::size_t piece_bytes = std::size_t{256} << 10;  // of text, tokenized at once
  bool structure = false;                            // borders follow the outline
  bool context = false;                              // chunks get their context
  SentenceRules sentences = SentenceRules::kMarks;
  std::size_t room = 0;  // tokens that the embedder reads of context and text; 0: any number
};

// A text, and its outline and language (BCP 47) where they are known. All must live until the call returns.
struct SourceText {
  std::string_view text;
  const Outline* outline = nullptr;
  std::string_view language = {};
};

struct TextChunk {
  std::string text;
  std::uint32_t begin = 0;  // code points of the document
  std::uint32_t end = 0;
  Place place = {};
  std::string context = {};  // embedded before the text, stored nowhere; "" or lines that end in line ends
};

// The ranges of the tokens of a piece, in order (Embedder::token_ranges); empty ranges are ignored.
using TokenReader = std::function<Result<std::vector<ByteRange>>(std::string_view piece)>;

// Takes the chunks in order, each before the next is cut.
using ChunkSink = std::function<Status(TextChunk chunk)>;

// kCancelled if `cancel` asks for it, which is looked at once per chunk; and the failures of `read_tokens`
// and `take`.
Status chunk_text(const SourceText& source, const TokenReader& read_tokens, const ChunkOptions& options,
                  const ChunkSink& take, const std::stop_token& cancel = {});

}  // namespace rappel
