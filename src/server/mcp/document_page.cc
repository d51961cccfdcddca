#include "server/mcp/document_page.h"

#include <memory>
#include <string>
#include <utility>

namespace rappel::mcp {
namespace {

constexpr std::size_t kPartChars = std::size_t{1} << 16;

}  // namespace

Response document_page(const Request& request, const CoreGate& gate,
                       const std::function<Response(const Refusal&)>& refuse) {
  const std::string id(request.head.parameter("id"));
  const auto core = std::make_shared<PrincipalCore>(gate.core(request.head));
  const auto read = [core, id, call = request.call()](std::size_t begin) {
    return core->document({id, begin, kPartChars}, call);
  };
  auto first = read(0);
  if (!first.ok()) return refuse(gate.refuse(request.head, first.status()));
  if (!*first) return refuse({Refusal::Reason::kNoSuchPath, "No document has this id"});
  Response response = Response::text("");
  response.stream = [read, part = **std::move(first)](BodyStream& out) {
    DocumentText now = part;
    while (out.write(now.text)) {
      if (now.is_last()) return true;
      auto next = read(now.range.end);
      if (!next.ok() || !*next) return false;
      now = **std::move(next);
    }
    return false;
  };
  return response;
}

}  // namespace rappel::mcp
