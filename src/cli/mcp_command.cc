// rappel mcp: the Model Context Protocol over standard input and output: a message a line in, its answer a
// line out. Nothing else goes to standard output. Messages are answered one after another.
#include <ostream>

#include "base/os/line_reader.h"
#include "cli/command.h"
#include "cli/workspace.h"
#include "config/version.h"
#include "server/mcp/service.h"

namespace rappel {
namespace {

constexpr std::size_t kMaxMessage = std::size_t{8} << 20;

mcp::Caller caller_of(const CommandContext& context, Core& core) {
  return {.core = &core,
          .may_write = context.options.boolean("MCP_WRITE"),
          .base_url = context.options.text("RAPPEL_PUBLIC_URL"),
          .explain = [&logger = *context.logger](const Status& failure) {
            logger.warn("mcp: {}", failure.to_string());
            return failure.message();
          }};
}

// False when nobody reads the answers any more.
bool send(std::ostream& out, const mcp::Answer& answer) {
  if (answer.message) out << dump_json(*answer.message) << std::endl;
  return out.good();
}

// Until the input ends.
int answer_lines(const Console& console, const mcp::Caller& caller) {
  const mcp::Service service(kVersion);
  LineReader lines(console.in, kMaxMessage);
  for (std::string_view line;;) {
    switch (lines.next(&line)) {
      case LineReader::Event::kEnd: return kExitOk;
      case LineReader::Event::kFailed:
        return console.fail(kExitFailed, Status(Code::kUnavailable, "cannot read standard input"));
      case LineReader::Event::kTooLong:
        if (!send(*console.out, {400, mcp::error_message(nullptr, {mcp::kInvalidRequest,
                                                                   "The message is longer than 8 MB"})}))
          return kExitOk;
        break;
      case LineReader::Event::kLine:
        if (line.find_first_not_of(" \t") == std::string_view::npos) break;
        if (!send(*console.out, service.handle(line, nullptr, caller))) return kExitOk;
        break;
    }
  }
}

}  // namespace

int run_mcp(CommandContext& context) {
  const auto workspace = Workspace::open(context, {.reranker = true, .chunking = true, .serving = true});
  if (!workspace.ok()) return context.console.fail(kExitUsage, workspace.status());
  if (const Status warm = (*workspace)->retrieval().warm_up(); !warm.ok())
    return context.console.fail(kExitUsage, warm);
  const auto core = retrieval_core((*workspace)->retrieval());
  return answer_lines(context.console, caller_of(context, *core));
}

}  // namespace rappel
