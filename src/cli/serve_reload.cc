#include "cli/serve_reload.h"

#include "base/log.h"
#include "base/timestamp.h"
#include "config/settings.h"

namespace rappel {
void ServeReload::run() {
  reopen_audit();
  const auto fresh = context_.reread();
  reload_certificate(fresh);
  tokens_.reload(fresh);
}

void ServeReload::reopen_audit() {
  if (audit_ == nullptr) return;
  if (const Status status = audit_->reopen(); !status.ok())
    logger_.error("SIGHUP: {}; the lines still go to the old file", status.to_string());
}

void ServeReload::reload_certificate(const Result<Options>& fresh) {
  if (context_.options.text("TLS_CERT").empty()) return;
  Status status = fresh.status();
  if (status.ok()) {
    const auto tls = load_tls(*fresh);
    status = tls.status();
    if (status.ok() && *tls == nullptr)
      status = Status(Code::kInvalidArgument, "TLS_CERT is not set any more; restart the server to stop TLS");
    if (status.ok()) status = server_.set_tls(*tls);
    if (status.ok()) return tell_certificate(**tls, "SIGHUP: ", logger_);
  }
  logger_.error("SIGHUP: cannot take the certificate: {}; the old one stays in use", status.to_string());
}

void tell_certificate(const TlsContext& tls, const char* before, Logger& logger) {
  logger.info("{}TLS with the certificate of {}, valid until {}", before, tls.names(),
              format_timestamp_utc(tls.expires()).substr(0, 10));
  for (const std::string& warning : tls.warnings()) logger.warn("{}", warning);
}

}  // namespace rappel
