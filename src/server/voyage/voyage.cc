#include "server/voyage/voyage.h"

#include "server/documents/assets.h"
#include "server/input/embeddings_answer.h"
#include "server/input/model_errors.h"

namespace rappel {
namespace {

class Voyage : public Protocol {
 public:
  explicit Voyage(const ProtocolContext& context);

  std::string_view name() const override { return "voyage"; }
  std::span<const Route> routes() const override { return {&embeddings_, 1}; }
  std::vector<std::string_view> prefixes() const override { return {"/voyage/"}; }
  bool ignores_trailing_slash() const override { return true; }
  Response refuse(const Refusal& refusal) const override { return model_refusal(refusal); }
  // The documents of the old local server speak of no token.
  std::string_view openapi() const override { return local_ ? std::string_view() : asset("voyage-api.json"); }

 private:
  const bool local_;
  const Route embeddings_;
};

Voyage::Voyage(const ProtocolContext& context)
    : local_(context.options.local),
      embeddings_{"/voyage/v1/embeddings",
                  {Method::kPost},
                  Work::kModel,
                  Access::kToken,
                  [&gate = context.gate, strict = context.options.strict_models](const Request& request) {
                    return answer_embeddings(gate, request, strict);
                  },
                  [&gate = context.gate](const RequestHead& head) { return gate.refuse_early(head); }} {}

}  // namespace

std::unique_ptr<Protocol> voyage_protocol(const ProtocolContext& context) {
  return std::make_unique<Voyage>(context);
}

}  // namespace rappel
