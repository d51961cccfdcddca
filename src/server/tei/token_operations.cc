#include "server/tei/token_operations.h"

#include <utility>

#include <fmt/format.h>

#include "server/http/json_writer.h"
#include "server/input/tei_errors.h"
#include "server/tei/inputs.h"
#include "text/token_texts.h"

namespace rappel {
namespace {

// A bound for all texts of a request, because the answer is in memory.
constexpr std::size_t kMaxTokenized = 200'000;

Response no_tokenizer() {
  return tei_error(TeiError::kTokenizer, "The model of this route has no tokenizer here");
}

// Counts code points up to bytes that do not go down.
class CodePoints {
 public:
  explicit CodePoints(std::string_view text) : text_(text) {}
  std::int64_t before(std::size_t byte) {
    for (; at_ < byte; ++at_)
      if ((static_cast<unsigned char>(text_[at_]) & 0xC0) != 0x80) ++count_;
    return count_;
  }

 private:
  const std::string_view text_;
  std::size_t at_ = 0;
  std::int64_t count_ = 0;
};

struct TextTokens {
  const Tokenizer* tokenizer;
  const TokenTexts* texts;  // null: there is none
};

TextTokens text_tokens(const TeiCall& call) {
  const Tokenizer* tokenizer = tokenizer_of(call);
  return {tokenizer, tokenizer ? token_texts(*tokenizer) : nullptr};
}

void write_token(JsonWriter& out, TokenId id, std::string_view text, bool special) {
  out.begin_object().key("id").integer(id).key("text").string(text).key("special").boolean(special);
}

void write_tokens(JsonWriter& out, const TextTokens& tokens, std::string_view text, const Encoding& encoding,
                  bool with_specials) {
  const std::size_t first = tokens.texts->leading_specials();
  const std::size_t last = encoding.ids.size() - (tokens.tokenizer->special_tokens_single() - first);
  CodePoints begins(text), ends(text);
  out.begin_array();
  for (std::size_t i = 0; i < encoding.ids.size(); ++i) {
    const TokenId id = encoding.ids[i];
    if (i < first || i >= last) {
      if (!with_specials) continue;
      write_token(out, id, tokens.texts->token_text(id), true);
      out.key("start").null().key("stop").null().end_object();
      continue;
    }
    const ByteRange range = encoding.offsets[i];
    write_token(out, id, text.substr(range.begin, range.end - range.begin), false);
    out.key("start").integer(begins.before(range.begin)).key("stop").integer(ends.before(range.end));
    out.end_object();
  }
  out.end_array();
}

}  // namespace

TeiResult tei_tokenize(const TeiCall& call, const JsonObject& object) {
  const TextTokens tokens = text_tokens(call);
  if (!tokens.texts) return no_tokenizer();
  auto read = read_texts(find_member(object, "inputs"), "inputs");
  if (auto* refusal = std::get_if<Response>(&read)) return std::move(*refusal);
  LenientObject body(object);
  const bool with_specials = body.boolean("add_special_tokens").value_or(true);
  if (body.fault()) return tei_fault(*body.fault());
  const auto& texts = std::get<std::vector<std::string>>(read);
  JsonWriter out;
  TeiAnswer answer;
  out.begin_array();
  for (const std::string& text : texts) {
    const Encoding encoding = tokens.tokenizer->encode(
        text, {.max_length = kMaxTokenized + 1, .offsets = true, .cancel = call.request.abandoned});
    if (call.request.abandoned.stop_requested()) return tei_refusal(given_up_refusal());
    answer.tokens += encoding.ids.size();
    if (answer.tokens > kMaxTokenized)
      return tei_error(TeiError::kTokenizer,
                       fmt::format("`inputs` has more than {} tokens; send less at once", kMaxTokenized));
    write_tokens(out, tokens, text, encoding, with_specials);
    answer.characters += text.size();
  }
  answer.next = whole_answer(std::move(out.end_array())).next;
  return answer;
}

TeiResult tei_decode(const TeiCall& call, const JsonObject& object) {
  const TokenTexts* texts = text_tokens(call).texts;
  if (!texts) return no_tokenizer();
  LenientObject body(object);
  const JsonValue* value = body.find("ids");
  if (!value) return tei_missing("ids");
  const bool skip_specials = body.boolean("skip_special_tokens").value_or(true);
  const auto* items = value->as<JsonArray>();
  if (!items) body.refuse("ids", "must be an array of token ids, or an array of such arrays");
  if (body.fault()) return tei_fault(*body.fault());
  if (items->empty()) return tei_empty("ids");
  std::vector<const JsonArray*> sequences;
  for (const JsonValue& item : *items)
    if (const auto* inner = item.as<JsonArray>()) sequences.push_back(inner);
  if (sequences.empty()) sequences.push_back(items);
  JsonWriter out;
  TeiAnswer answer;
  out.begin_array();
  for (const JsonArray* sequence : sequences) {
    const auto text = texts->decode(read_ids(*sequence), skip_specials);
    if (!text.ok()) return tei_error(TeiError::kTokenizer, text.status().message());
    out.string(*text);
    answer.tokens += sequence->size();
  }
  answer.next = whole_answer(std::move(out.end_array())).next;
  return answer;
}

}  // namespace rappel
