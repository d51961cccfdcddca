#include "server/tei/embed_operations.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <numeric>
#include <span>
#include <utility>

#include "server/http/json_writer.h"
#include "server/input/tei_errors.h"
#include "server/tei/inputs.h"

namespace rappel {
namespace {

using WriteOutput = void (*)(JsonWriter& out, const TokenOutput& output, std::size_t columns);

// The outputs that are asked of each text.
struct Asked {
  EmbedRequest request;
  TokenRequest more;
};

struct Computed {
  std::vector<TokenOutput> outputs;
  std::size_t tokens = 0;
  std::size_t cut = 0;
  ByteHold memory = {};
};

// An array with an item for each text.
TeiAnswer array_of(Computed computed, std::size_t characters, std::size_t columns, WriteOutput write) {
  TeiAnswer answer{.characters = characters, .tokens = computed.tokens, .cut = computed.cut};
  struct Rest {
    Computed computed;
    std::size_t next = 0;
  };
  auto rest = std::make_shared<Rest>(Rest{std::move(computed)});
  answer.next = [rest, columns, write](JsonWriter& out) {
    const auto& outputs = rest->computed.outputs;
    if (rest->next > outputs.size()) return false;
    if (rest->next == 0) out.begin_array();
    rest->next < outputs.size() ? write(out, outputs[rest->next], columns) : void(out.end_array());
    ++rest->next;
    return true;
  };
  return answer;
}

// At most, of the answer while it is computed and sent: a token has at least a byte of its text.
std::size_t most_bytes(const TeiCall& call, const TeiInputs& inputs, const Asked& asked) {
  const Embedder& embedder = call.models.embedder;
  const std::size_t row = static_cast<std::size_t>(embedder.dimension()) * sizeof(float);
  constexpr std::size_t kSpecials = 8;
  const auto rows = [&](std::size_t length) {
    const std::size_t tokens = std::min(length + kSpecials, embedder.max_length());
    return (asked.more.hidden || asked.request.colbert ? tokens : 0) + 1;
  };
  std::size_t bytes = 0;
  for (const std::string& text : inputs.texts) bytes += rows(text.size()) * row;
  for (const auto& ids : inputs.ids) bytes += rows(ids.size()) * row;
  return bytes;
}

Result<std::vector<TokenOutput>> embed(const TeiCall& call, const TeiInputs& inputs, const Asked& asked) {
  if (TokenEmbedder* embedder = token_embedder(call.models.embedder))
    return embedder->embed_tokens({inputs.texts, inputs.ids}, asked.request, asked.more);
  if (!inputs.ids.empty() || asked.more.hidden || asked.more.raw)
    return Status(Code::kInvalidArgument, "this model gives unit vectors of texts alone; ask for those");
  RAPPEL_ASSIGN(std::vector<Embedding> embeddings, call.models.embedder.embed(inputs.texts, asked.request));
  std::vector<TokenOutput> outputs(embeddings.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) outputs[i].embedding = std::move(embeddings[i]);
  return outputs;
}

Result<Computed> compute(const TeiCall& call, const TeiInputs& inputs, const Asked& asked) {
  Computed out{.memory = ByteHold(call.request.memory, call.request.head.caller)};
  if (out.memory.take(most_bytes(call, inputs, asked)) != ByteHold::Room::kTaken)
    return Status(Code::kResourceExhausted, "The vectors are too large together; send fewer texts at once")
        .with_id("answer-too-large");
  RAPPEL_ASSIGN(out.outputs, embed(call, inputs, asked));
  for (const TokenOutput& output : out.outputs) {
    out.tokens += output.embedding.input_ids.size();
    out.cut += output.embedding.cut ? 1 : 0;
  }
  return out;
}

std::size_t characters_of(const std::vector<std::string>& texts) {
  return std::accumulate(texts.begin(), texts.end(), std::size_t{0},
                         [](std::size_t sum, const std::string& text) { return sum + text.size(); });
}

// `ask` sets what is wanted of each text.
template <class Ask>
TeiResult embed_inputs(const TeiCall& call, const JsonObject& object, const Ask& ask, std::size_t columns,
                       WriteOutput write) {
  auto inputs = read_inputs(call, object);
  if (auto* refusal = std::get_if<Response>(&inputs)) return std::move(*refusal);
  LenientObject body(object);
  Asked asked{read_reading(call, body), {}};
  ask(body, asked);
  if (body.fault()) return tei_fault(*body.fault());
  if (asked.request.dimensions < 0 || asked.request.dimensions > call.models.embedder.dimension())
    return tei_error(TeiError::kValidation,
                     "Input validation error: `dimensions` should be smaller than the maximum embedding "
                     "dimension.");
  auto& given = std::get<TeiInputs>(inputs);
  auto computed = compute(call, given, asked);
  if (!computed.ok()) return tei_failure(call.gate, call.request.head, computed.status());
  return array_of(std::move(*computed), characters_of(given.texts), columns, write);
}

void write_dense(JsonWriter& out, const TokenOutput& output, std::size_t) {
  out.floats(output.embedding.dense);
}

void write_sparse(JsonWriter& out, const TokenOutput& output, std::size_t) {
  out.begin_array();
  for (const auto& [id, weight] : output.embedding.sparse)
    out.begin_object().key("index").integer(id).key("value").number(weight).end_object();
  out.end_array();
}

void write_rows(JsonWriter& out, const std::vector<float>& rows, std::size_t columns) {
  out.begin_array();
  for (std::size_t at = 0; columns > 0 && at + columns <= rows.size(); at += columns)
    out.floats(std::span(rows).subspan(at, columns));
  out.end_array();
}

bool asks_for_colbert(const RequestHead& head) {
  const std::string_view query = head.query_string;
  return query.find("colbert=1") != std::string_view::npos ||
         query.find("colbert=true") != std::string_view::npos;
}

}  // namespace

TeiResult tei_embed(const TeiCall& call, const JsonObject& object) {
  const auto ask = [](LenientObject& body, Asked& asked) {
    asked.request.unit_length = body.boolean("normalize").value_or(true);
    asked.more.raw = !asked.request.unit_length;
    // A number beyond the vectors' is refused, whatever its size.
    constexpr std::int64_t kMost = std::numeric_limits<int>::max();
    asked.request.dimensions =
        static_cast<int>(std::clamp<std::int64_t>(body.integer("dimensions").value_or(0), -1, kMost));
  };
  return embed_inputs(call, object, ask, 0, write_dense);
}

TeiResult tei_embed_sparse(const TeiCall& call, const JsonObject& object) {
  if (!call.models.embedder.has_sparse())
    return tei_error(TeiError::kBackend,
                     "The model has no weights of tokens; use one that has, such as BAAI/bge-m3");
  const auto ask = [](LenientObject&, Asked& asked) {
    asked.request.dense = false;
    asked.request.sparse = true;
  };
  return embed_inputs(call, object, ask, 0, write_sparse);
}

TeiResult tei_embed_all(const TeiCall& call, const JsonObject& object) {
  const Embedder& embedder = call.models.embedder;
  const auto columns = static_cast<std::size_t>(embedder.dimension());
  if (!asks_for_colbert(call.request.head)) {
    const auto ask = [](LenientObject&, Asked& asked) {
      asked.request.dense = false;
      asked.more.hidden = true;
    };
    return embed_inputs(call, object, ask, columns,
                        [](JsonWriter& out, const TokenOutput& output, std::size_t width) {
                          write_rows(out, output.hidden, width);
                        });
  }
  if (!embedder.has_colbert())
    return tei_error(TeiError::kBackend,
                     "The model has no ColBERT vectors; use one that has, such as BAAI/bge-m3");
  const auto ask = [](LenientObject&, Asked& asked) {
    asked.request.dense = false;
    asked.request.colbert = true;
  };
  return embed_inputs(call, object, ask, 0, [](JsonWriter& out, const TokenOutput& output, std::size_t) {
    const std::size_t rows = output.embedding.input_ids.size() - 1;
    write_rows(out, output.embedding.colbert, rows > 0 ? output.embedding.colbert.size() / rows : 0);
  });
}

TeiResult tei_similarity(const TeiCall& call, const JsonObject& object) {
  const JsonValue* inputs = find_member(object, "inputs");
  const auto* given = inputs ? inputs->as<JsonObject>() : nullptr;
  if (!given) return tei_missing("inputs");
  LenientObject named(*given);
  if (named.find("source_sentence") == nullptr) return tei_missing("source_sentence");
  std::vector<std::string> texts{named.text("source_sentence").value_or("")};
  if (named.fault()) return tei_fault(*named.fault());
  auto sentences = read_texts(named.find("sentences"), "sentences");
  if (auto* refusal = std::get_if<Response>(&sentences)) return std::move(*refusal);
  for (std::string& text : std::get<std::vector<std::string>>(sentences)) texts.push_back(std::move(text));
  static const JsonObject kNone;
  const JsonValue* parameters = find_member(object, "parameters");
  const auto* reading = parameters ? parameters->as<JsonObject>() : nullptr;
  LenientObject body(reading ? *reading : kNone);
  Asked asked{read_reading(call, body), {}};
  asked.request.unit_length = true;
  if (body.fault()) return tei_fault(*body.fault());
  const auto embedded = compute(call, {texts, {}}, asked);
  if (!embedded.ok()) return tei_failure(call.gate, call.request.head, embedded.status());
  JsonWriter out;
  out.begin_array();
  const std::vector<float>& source = embedded->outputs.front().embedding.dense;
  for (std::size_t i = 1; i < texts.size(); ++i) {
    const std::vector<float>& other = embedded->outputs[i].embedding.dense;
    out.number(std::inner_product(source.begin(), source.end(), other.begin(), 0.0F));
  }
  TeiAnswer answer = whole_answer(std::move(out.end_array()));
  answer.characters = characters_of(texts);
  answer.tokens = embedded->tokens;
  answer.cut = embedded->cut;
  return answer;
}

}  // namespace rappel
