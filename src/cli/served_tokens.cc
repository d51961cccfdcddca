#include "cli/served_tokens.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "config/settings.h"
#include "server/server.h"

namespace rappel {
namespace {

using Tokens = std::vector<std::string>;

Tokens digests_of(const std::vector<KnownToken>& tokens) {
  Tokens digests;
  for (const KnownToken& token : tokens) digests.push_back(token.digest);
  return digests;
}

std::size_t missing_in(const Tokens& all, const Tokens& some) {
  return static_cast<std::size_t>(std::count_if(some.begin(), some.end(), [&](const std::string& token) {
    return std::find(all.begin(), all.end(), token) == all.end();
  }));
}

void tell_named(const Tokens& before, const Tokens& now, Logger& logger) {
  const std::size_t added = missing_in(before, now), removed = missing_in(now, before);
  if (added + removed > 0)
    logger.info("SIGHUP: read {}: {} added, {} revoked", count_text(now.size(), "named token"), added,
                removed);
}

void tell_bearer(const Tokens& before, const OptionValue& now, Logger& logger) {
  const std::size_t added = missing_in(before, now.items), removed = missing_in(now.items, before);
  if (added + removed > 0)
    logger.info("SIGHUP: read {} from {}: {} added, {} removed", count_text(now.items.size(), "token"),
                now.where, added, removed);
  else if (now.origin == Origin::kEnvironment)
    logger.info(
        "SIGHUP: the tokens are unchanged: BEARER_TOKEN is in the environment of the process, which only a "
        "restart changes");
  else
    logger.info("SIGHUP: the tokens in {} are unchanged", now.where);
}

}  // namespace

ServedTokens::ServedTokens(const CommandContext& context)
    : context_(context),
      file_(local_folder(context.options)),
      bearer_(context.options.items("BEARER_TOKEN")) {}

Result<std::vector<KnownToken>> ServedTokens::known() {
  const std::lock_guard lock(mutex_);
  auto known = file_.known();
  if (known.ok()) named_ = digests_of(*known);
  return known;
}

void ServedTokens::serve(Server* server) {
  const std::lock_guard lock(mutex_);
  server_ = server;
}

Status ServedTokens::take_named() {
  RAPPEL_ASSIGN(const std::vector<KnownToken> known, file_.known());
  if (server_ != nullptr) RAPPEL_TRY(server_->set_tokens(bearer_, known));
  named_ = digests_of(known);
  return {};
}

Result<std::string> ServedTokens::add(TokenRecord record) {
  const std::lock_guard lock(mutex_);
  RAPPEL_ASSIGN(std::string token, file_.add(std::move(record)));
  RAPPEL_TRY(take_named());
  return token;
}

Status ServedTokens::revoke(std::string_view name) {
  const std::lock_guard lock(mutex_);
  RAPPEL_TRY(file_.revoke(name));
  return take_named();
}

Status ServedTokens::take(const Options& fresh) {
  Logger& logger = *context_.logger;
  RAPPEL_TRY(check_tokens(fresh, logger));
  const std::lock_guard lock(mutex_);
  const Tokens bearer = std::exchange(bearer_, fresh.items("BEARER_TOKEN")), named = named_;
  if (const Status status = take_named(); !status.ok()) {
    bearer_ = bearer;
    return status;
  }
  tell_bearer(bearer, fresh.value("BEARER_TOKEN"), logger);
  tell_named(named, named_, logger);
  return {};
}

void ServedTokens::reload(const Result<Options>& fresh) {
  Logger& logger = *context_.logger;
  if (context_.options.boolean("--no-auth")) {
    logger.info("SIGHUP: this server runs with --no-auth, so there are no tokens to read again");
    return;
  }
  if (const Status status = fresh.ok() ? take(*fresh) : fresh.status(); !status.ok())
    logger.error("SIGHUP: cannot read the tokens again: {}; the tokens stay as they are", status.to_string());
}

}  // namespace rappel
