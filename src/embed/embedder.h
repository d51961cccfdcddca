// Embedder: texts in, vectors out.
//
// Every method may be called from any thread. The vectors of a text do not depend on the other texts of the
// call. Errors: kInvalidArgument if the request asks for an output that the model does not have, and with the
// id kTextTooLong if it refuses a text that is longer than the model reads,
// kResourceExhausted if the embedder is overloaded (retry_after() may say for how long), kCancelled,
// kUnavailable. An error leaves nothing half done: the call has no results then.
//
// local/ computes on this machine. A remote service is a further folder that implements this header.
#pragma once

#include <cstddef>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/status.h"
#include "embed/embedding.h"
#include "store/model_identity.h"
#include "text/tokenizer.h"

namespace rappel {

inline constexpr const char* kTextTooLong = "text-too-long";

class Embedder {
 public:
  virtual ~Embedder() = default;

  // One answer per text, in order.
  virtual Result<std::vector<Embedding>> embed(std::span<const std::string> texts,
                                               const EmbedRequest& request) = 0;
  // The members of each query that a search uses, in order: `dense`, of unit length, and `sparse` if the
  // model has the head. Other members are empty, input_ids included. Implementations may cache the answers.
  virtual Result<std::vector<Embedding>> embed_queries(std::span<const std::string> queries,
                                                       const CallContext& call = {}) = 0;

  virtual const ModelIdentity& identity() const = 0;
  int dimension() const { return identity().dimension; }
  virtual bool has_sparse() const = 0;
  virtual bool has_colbert() const = 0;

  // Tokens that the model reads of one text, special tokens included. The rest of a longer text is ignored.
  virtual std::size_t max_length() const = 0;
  // Tokens of its own text that a stored passage may have: max_length() without special tokens and prefix.
  virtual std::size_t passage_room() const = 0;
  // Where the tokens of `text` lie, in order; see ByteRange. An embedder without a tokenizer of its own
  // returns its best estimate. kCancelled.
  virtual Result<std::vector<ByteRange>> token_ranges(std::string_view text,
                                                      std::stop_token cancel = {}) const = 0;
  // Null for an embedder without a tokenizer of its own.
  virtual const Tokenizer* own_tokenizer() const { return nullptr; }
};

}  // namespace rappel
