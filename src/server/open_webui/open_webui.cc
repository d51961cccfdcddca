#include "server/open_webui/open_webui.h"

#include "server/documents/assets.h"
#include "server/input/errors.h"
#include "server/open_webui/process.h"

namespace rappel {
namespace {

class OpenWebUi : public Protocol {
 public:
  explicit OpenWebUi(const ProtocolContext& context);

  std::string_view name() const override { return "open_webui"; }
  std::span<const Route> routes() const override { return {&process_, 1}; }
  bool ignores_trailing_slash() const override { return true; }
  Response refuse(const Refusal& refusal) const override { return plugin_refusal(refusal); }
  // The documents of the old local server speak of no token.
  std::string_view openapi() const override {
    return local_ ? std::string_view() : asset("open-webui-api.json");
  }

 private:
  const bool local_;
  const Route process_;
};

OpenWebUi::OpenWebUi(const ProtocolContext& context)
    : local_(context.options.local),
      process_{.path = "/process",
               .methods = {Method::kPut},
               .work = Work::kFiles,
               .access = Access::kToken,
               .handle = [&gate = context.gate, &options = context.options](
                             const Request& request) { return process_file(request, gate, options); },
               .admit = [&gate = context.gate](const RequestHead& head) { return gate.refuse_early(head); }} {
}

}  // namespace

std::unique_ptr<Protocol> open_webui_protocol(const ProtocolContext& context) {
  return std::make_unique<OpenWebUi>(context);
}

}  // namespace rappel
