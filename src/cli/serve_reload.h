// ServeReload: what SIGHUP makes a running server read again: its tokens, the certificate with its key, and
// the name of the audit log.
//
// A file that cannot be used changes nothing: the server goes on with what it has, and the log says why.
// Requests and connections under way are not touched.
#pragma once

#include "access/audit_log.h"
#include "cli/command.h"
#include "cli/served_tokens.h"
#include "server/server.h"

namespace rappel {

class ServeReload {
 public:
  // All outlive it; `audit` may be null.
  ServeReload(const CommandContext& context, Server& server, AuditLog* audit, ServedTokens& tokens)
      : context_(context), logger_(*context.logger), server_(server), audit_(audit), tokens_(tokens) {}

  void run();

 private:
  void reopen_audit();
  void reload_certificate(const Result<Options>& fresh);

  const CommandContext& context_;
  Logger& logger_;
  Server& server_;
  AuditLog* const audit_;
  ServedTokens& tokens_;
};

// One line on the certificate, and one for each of its weak spots.
void tell_certificate(const TlsContext& tls, const char* before, Logger& logger);

}  // namespace rappel
