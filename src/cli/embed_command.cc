// rappel embed: JSON lines of texts in, JSON lines of vectors out, in batches and in order.
#include <fmt/format.h>

#include <ostream>
#include <span>
#include <type_traits>
#include <utility>

#include "base/escape_controls.h"
#include "cli/command.h"
#include "codec/json_lines.h"
#include "config/settings.h"
#include "embed/local/local_embedder.h"
#include "wiring/runtime.h"

namespace rappel {
namespace {

constexpr std::size_t kMaxLine = std::size_t{64} << 20;
// Text held at a time. A ColBERT row takes kilobytes per token, so far less is read ahead when rows are asked
// for.
constexpr std::size_t kBatchBytes = std::size_t{4} << 20;
constexpr std::size_t kColbertBatchBytes = std::size_t{32} << 10;

struct Item {
  std::size_t line;
  std::string id;
};

Result<EmbedRequest> embed_request(const Options& options, const LocalEmbedder& embedder) {
  EmbedRequest request;
  request.dense = false;
  for (const std::string& output : options.items("--outputs")) {
    if (output == "dense")
      request.dense = true;
    else if (output == "sparse")
      request.sparse = true;
    else if (output == "colbert")
      request.colbert = true;
    else
      return Status(Code::kInvalidArgument,
                    "--outputs: '" + output + "' is not one of dense, sparse, colbert");
  }
  const auto missing = [&](const char* head) {
    return Status(Code::kInvalidArgument,
                  fmt::format("--outputs: the model {} has no {} head", embedder.identity().name, head));
  };
  if (request.sparse && !embedder.has_sparse()) return missing("sparse");
  if (request.colbert && !embedder.has_colbert()) return missing("colbert");
  const std::string& role = options.text("--role");
  request.role = role == "query"      ? TextRole::kQuery
                 : role == "document" ? TextRole::kDocument
                                      : TextRole::kPlain;
  request.dimensions = static_cast<int>(options.integer("--dimensions"));
  if (request.dimensions > embedder.dimension())
    return Status(Code::kInvalidArgument,
                  fmt::format("--dimensions {}: the model {} has {}", request.dimensions,
                              embedder.identity().name, embedder.dimension()));
  if (embedder.max_length() < embedder.tokenizer()->special_tokens_single())
    return Status(Code::kInvalidArgument, fmt::format("--max-length: the special tokens alone need {}",
                                                      embedder.tokenizer()->special_tokens_single()));
  return request;
}

template <class Range>
void append_list(std::string& out, const Range& values) {
  out += '[';
  bool first = true;
  for (const auto value : values) {
    if (!std::exchange(first, false)) out += ',';
    if constexpr (std::is_floating_point_v<std::decay_t<decltype(value)>>)
      append_number(out, value);
    else
      out += std::to_string(value);
  }
  out += ']';
}

std::string render(const Item& item, const Embedding& embedding, const EmbedRequest& request, bool ids) {
  std::string out = fmt::format("{{\"id\":{},\"tokens\":{}", item.id, embedding.input_ids.size());
  if (request.dense) append_list(out += ",\"dense\":", embedding.dense);
  if (request.sparse) {
    out += ",\"sparse\":{";
    for (const auto& [token, weight] : embedding.sparse) {
      if (out.back() != '{') out += ',';
      append_number(out += fmt::format("\"{}\":", token), weight);
    }
    out += '}';
  }
  if (request.colbert) {
    out += ",\"colbert\":[";
    const std::size_t rows = embedding.input_ids.size() - 1;  // the first token has none
    const std::size_t width = rows > 0 ? embedding.colbert.size() / rows : 0;
    for (std::size_t row = 0; row < rows; ++row) {
      if (row > 0) out += ',';
      append_list(out, std::span(embedding.colbert).subspan(row * width, width));
    }
    out += ']';
  }
  if (ids) append_list(out += ",\"input_ids\":", embedding.input_ids);
  return out += "}\n";
}

// Texts that are embedded together and answered in their order.
class Batch {
 public:
  Batch(Embedder& embedder, const EmbedRequest& request, const Options& options, std::ostream& out)
      : embedder_(embedder),
        request_(request),
        ids_(options.boolean("--ids")),
        max_texts_(static_cast<std::size_t>(options.integer("EMBEDDING_BATCH"))),
        max_bytes_(request.colbert ? kColbertBatchBytes : kBatchBytes),
        out_(out) {}

  void add(const JsonLineReader::Record& record, std::string text) {
    items_.push_back({record.line, record.id()});
    bytes_ += text.size();
    texts_.push_back(std::move(text));
  }
  bool empty() const { return texts_.empty(); }
  bool full() const { return texts_.size() >= max_texts_ || bytes_ >= max_bytes_; }

  Status flush() {
    const auto embeddings = embedder_.embed(texts_, request_);
    if (!embeddings.ok())
      return embeddings.status().with_context(
          fmt::format("lines {} to {}", items_.front().line, items_.back().line));
    for (std::size_t i = 0; i < items_.size(); ++i)
      out_ << render(items_[i], (*embeddings)[i], request_, ids_);
    out_.flush();
    items_.clear();
    texts_.clear();
    bytes_ = 0;
    return {};
  }

 private:
  Embedder& embedder_;
  const EmbedRequest request_;
  const bool ids_;
  const std::size_t max_texts_;
  const std::size_t max_bytes_;
  std::ostream& out_;
  std::vector<Item> items_;
  std::vector<std::string> texts_;
  std::size_t bytes_ = 0;
};

}  // namespace

int run_embed(CommandContext& context) {
  const Options& options = context.options;
  Runtime runtime(runtime_settings(options), hub_settings_of(context), *context.logger);
  auto embedder = runtime.load_embedder(embedder_settings(options), false);
  if (!embedder.ok()) return context.console.fail(kExitUsage, embedder.status());
  const auto request = embed_request(options, **embedder);
  if (!request.ok()) return context.console.fail(kExitUsage, request.status());

  std::ostream& out = *context.console.out;
  Batch batch(**embedder, *request, options, out);
  JsonLineReader lines(context.console.in, kMaxLine, [&](std::size_t line, const std::string& problem) {
    *context.console.err << "rappel: line " << line << ": " << escape_controls(problem) << std::endl;
  });
  JsonLineReader::Record record;
  for (bool more = true; more && out;) {
    more = lines.next(&record);
    if (more) {
      auto text = json_string(record.object, "text");
      if (text.ok())
        batch.add(record, std::move(text).value());
      else
        lines.reject(record.line, text.status().message());
    }
    // A caller that writes a line and waits for its answer must get it, so a batch also ends where input
    // pauses.
    if (!batch.empty() && (!more || batch.full() || lines.would_wait()))
      if (const Status status = batch.flush(); !status.ok()) return context.console.fail(kExitFailed, status);
  }
  return lines.rejected() == 0 && out ? kExitOk : kExitFailed;
}

}  // namespace rappel
