// rappel token add|list|revoke: the named tokens of a data folder. No model is loaded, and the store is not
// opened.
#include "cli/token_command.h"

#include <fmt/format.h>

#include <chrono>
#include <ostream>

#include "access/bound_filter.h"
#include "access/new_token.h"
#include "access/token_file.h"
#include "base/escape_controls.h"
#include "base/timestamp.h"
#include "base/units.h"
#include "config/settings.h"

namespace rappel {
namespace {

using SystemClock = std::chrono::system_clock;

std::int64_t now_s() {
  return std::chrono::floor<std::chrono::seconds>(SystemClock::now().time_since_epoch()).count();
}

std::string utc_text(std::int64_t second) {
  return format_timestamp_utc(SystemClock::time_point(std::chrono::seconds(second)));
}

Result<TokenRecord> asked_for(const std::string& name, const Options& options) {
  NewToken request{.name = name,
                   .scopes = options.items("--scope"),
                   .expires = options.text("--expires"),
                   .rate = options.text("--rate"),
                   .max_body = options.integer("--max-body"),
                   .collections = options.items("--collection")};
  if (!options.items("--filter").empty()) {
    RAPPEL_ASSIGN(request.filter, bound_json(options.items("--filter")));
  }
  return token_record(request, now_s());
}

int add(CommandContext& context, const TokenFile& file, const std::string& name) {
  auto record = asked_for(name, context.options);
  if (!record.ok()) return context.console.fail(kExitUsage, record.status());
  const auto token = file.add(*std::move(record));
  if (!token.ok()) return context.console.fail(kExitUsage, token.status());
  *context.console.out << *token << "\n";
  *context.console.err << "This token is shown once: " << file.path().string()
                       << " has only its digest. A running server takes it after SIGHUP.\n";
  return kExitOk;
}

int revoke(CommandContext& context, const TokenFile& file, const std::string& name) {
  if (const Status status = file.revoke(name); !status.ok()) return context.console.fail(kExitFailed, status);
  *context.console.out << "revoked: " << name << "; a running server refuses it after SIGHUP\n";
  return kExitOk;
}

std::string limits_text(const TokenRecord& record) {
  std::string text;
  const auto add = [&](const std::string& limit) { text += (text.empty() ? "" : ", ") + limit; };
  if (!record.filter.is_null()) add("filter " + escape_controls(dump_json(record.filter)));
  if (!record.collections.empty()) add(fmt::format("collections {}", fmt::join(record.collections, " ")));
  if (record.max_rate) add(rate_text(*record.max_rate));
  if (record.max_body) add(fmt::format("bodies of {} bytes", *record.max_body));
  if (record.expires_at)
    add((*record.expires_at <= now_s() ? "expired " : "expires ") +
        utc_text(*record.expires_at).substr(0, 10));
  return text;
}

int list(CommandContext& context, const TokenFile& file) {
  const auto records = file.read();
  if (!records.ok()) return context.console.fail(kExitUsage, records.status());
  std::ostream& out = *context.console.out;
  if (context.options.boolean("--json")) {
    Json tokens = Json::array();
    for (const TokenRecord& record : *records) tokens.push_back(token_json(record));
    out << dump_json(Json{{"tokens", std::move(tokens)}}) << "\n";
    return kExitOk;
  }
  for (const TokenRecord& record : *records)
    out << fmt::format("{:<24} {:<12} {}\n", record.name, scopes_text(record.scopes), limits_text(record));
  out << count_text(records->size(), "token") << "\n";
  return kExitOk;
}

}  // namespace

int run_token(CommandContext& context) {
  const TokenFile file(local_folder(context.options));
  const std::string& action = context.arguments[0];
  const bool has_name = context.arguments.size() > 1;
  if (action == "add" && has_name) return add(context, file, context.arguments[1]);
  if (action == "revoke" && has_name) return revoke(context, file, context.arguments[1]);
  if (action == "list" && !has_name) return list(context, file);
  return context.console.fail(kExitUsage,
                              Status(Code::kInvalidArgument, "token: use add NAME, list or revoke NAME"));
}

}  // namespace rappel
