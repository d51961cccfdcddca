#include "server/http/access_log.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/log.h"
#include "trace/request_trace.h"

namespace rappel {
namespace {

constexpr std::array<std::string_view, 6> kProbes{"/health", "/livez",   "/ready",
                                                  "/readyz", "/healthz", "/metrics"};

}  // namespace

bool is_probe(std::string_view route) {
  return std::find(kProbes.begin(), kProbes.end(), route) != kProbes.end();
}

void log_request(Logger& logger, const RequestHead& head, std::string_view route,
                 const RequestOutcome& outcome) {
  const LogLevel level = is_probe(route) && outcome.status < 400 ? LogLevel::kDebug : LogLevel::kInfo;
  if (!logger.enabled(level)) return;
  const std::string_view method = method_name(head.method);
  std::vector<LogField> fields{
      {"method", method.empty() ? "other" : method},
      {"route", route},
      {"status", outcome.status},
      {"duration_ms", std::chrono::duration_cast<std::chrono::milliseconds>(outcome.duration).count()},
      {"bytes_in", outcome.received},
      {"bytes_out", outcome.sent},
      {"address", head.peer},
      {"request_id", head.request_id}};
  if (head.principal) fields.emplace_back("token", head.principal->name);
  if (!head.collection.empty()) fields.emplace_back("collection", head.collection);
  if (head.trace) fields.emplace_back("trace_id", head.trace->id());
  logger.event(level, "request", LogFields(fields));
}

}  // namespace rappel
