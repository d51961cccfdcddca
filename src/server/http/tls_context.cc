#include "server/http/tls_context.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <ctime>
#include <string_view>

#include "base/os/file.h"

namespace rappel {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 20;  // of a PEM file
constexpr std::chrono::hours kNearEnd{14 * 24};

template <auto function>
struct Freeing {
  template <class T>
  void operator()(T* thing) const {
    function(thing);
  }
};
using Bio = std::unique_ptr<BIO, Freeing<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Freeing<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY_free>>;
using Context = std::unique_ptr<SSL_CTX, Freeing<SSL_CTX_free>>;

// Why the last call of OpenSSL failed; empties its queue.
std::string reason() {
  const char* text = ERR_reason_error_string(ERR_peek_last_error());
  std::string words = text == nullptr ? "" : text;
  ERR_clear_error();
  return words;
}

Status unusable(const std::filesystem::path& path, std::string_view problem) {
  return Status(Code::kInvalidArgument, fmt::format("cannot use {} for TLS: {}", path.string(), problem),
                reason())
      .with_id("tls");
}

Result<std::string> read_pem(const std::filesystem::path& path, const char* setting) {
  auto text = read_file(path, kMostBytes);
  if (text.ok()) return text;
  return Status(Code::kInvalidArgument,
                fmt::format("cannot read {}: {}; name a PEM file in {}", path.string(),
                            text.status().message(), setting),
                text.status().cause())
      .with_id("tls");
}

Bio memory_bio(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Asked for the passphrase of an encrypted key. Without it OpenSSL would ask at the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

Result<std::vector<Certificate>> read_chain(const std::filesystem::path& path) {
  RAPPEL_ASSIGN(const std::string text, read_pem(path, "TLS_CERT"));
  const Bio bio = memory_bio(text);
  std::vector<Certificate> chain;
  while (Certificate next{PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)})
    chain.push_back(std::move(next));
  const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (chain.empty())
    return unusable(path, "it has no certificate in PEM format (-----BEGIN CERTIFICATE-----)");
  if (!ended) return unusable(path, "one of its certificates is damaged");
  ERR_clear_error();
  return chain;
}

Result<Key> read_key(const std::filesystem::path& path) {
  RAPPEL_ASSIGN(const std::string text, read_pem(path, "TLS_KEY"));
  if (text.find("ENCRYPTED") != std::string::npos)
    return unusable(
        path,
        "the key is encrypted, and a server has nobody to ask for the passphrase; decrypt it with "
        "`openssl pkey -in OLD -out NEW`, and keep NEW readable by the server alone");
  const Bio bio = memory_bio(text);
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  if (key == nullptr)
    return unusable(path,
                    "it has no private key in PEM format (-----BEGIN PRIVATE KEY-----); name it in TLS_KEY");
  return key;
}

TlsContext::Clock::time_point time_of(const ASN1_TIME* time) {
  std::tm parts{};
  ASN1_TIME_to_tm(time, &parts);
  return TlsContext::Clock::from_time_t(::timegm(&parts));
}

std::string day_of(TlsContext::Clock::time_point time) {
  const std::time_t seconds = TlsContext::Clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}

std::string subject_of(X509* certificate) {
  const Bio out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0, XN_FLAG_ONELINE);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size))
                  : std::string("a certificate without names");
}

std::string names_of(X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, Freeing<GENERAL_NAMES_free>> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::string words;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    const auto* text = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
    words += (words.empty() ? "" : ", ") +
             std::string(text, static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
  }
  return words.empty() ? subject_of(certificate) : words;
}

bool others_may_read(const std::filesystem::path& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 && (found.st_mode & (S_IROTH | S_IWOTH)) != 0;
}

// The clients' list of protocols has entries of a length byte and a name.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned offered_size, void*) {
  static constexpr unsigned char kServed[] = "\x08http/1.1";
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, size, kServed, sizeof kServed - 1, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

Context make_context() {
  Context context(SSL_CTX_new(TLS_server_method()));
  if (context == nullptr) return context;
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context.get(), "ECDHE+AESGCM:ECDHE+CHACHA20");  // TLS 1.3 has suites of its own
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                         SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  // HTTP itself says where a request ends, so a client that leaves without a farewell is not an attack.
#ifdef SSL_OP_IGNORE_UNEXPECTED_EOF
  SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
#endif
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);  // tickets: the client keeps sessions
  SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
  return context;
}

}  // namespace

void TlsContext::Free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

Result<std::shared_ptr<const TlsContext>> TlsContext::load(const TlsFiles& files, Clock::time_point now) {
  ERR_clear_error();
  RAPPEL_ASSIGN(const std::vector<Certificate> chain, read_chain(files.certificate));
  RAPPEL_ASSIGN(const Key key, read_key(files.key));
  X509* const own = chain.front().get();
  if (X509_check_private_key(own, key.get()) != 1)
    return unusable(files.key, "it is not the key of the first certificate in " + files.certificate.string() +
                                   "; TLS_CERT and TLS_KEY must be a pair, and the server's own certificate "
                                   "stands first in TLS_CERT");
  std::shared_ptr<TlsContext> tls(new TlsContext);
  tls->expires_ = time_of(X509_get0_notAfter(own));
  tls->names_ = names_of(own);
  if (tls->expires_ <= now)
    return unusable(files.certificate,
                    fmt::format("the certificate expired on {}; renew it", day_of(tls->expires_)));
  tls->context_.reset(make_context().release());
  SSL_CTX* const context = tls->native();
  if (context == nullptr) return unusable(files.certificate, "OpenSSL could not be prepared");
  if (SSL_CTX_use_certificate(context, own) != 1)
    return unusable(files.certificate, "OpenSSL refuses the certificate");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) return unusable(files.key, "OpenSSL refuses the key");
  for (std::size_t i = 1; i < chain.size(); ++i)
    if (SSL_CTX_add1_chain_cert(context, chain[i].get()) != 1)
      return unusable(files.certificate, "OpenSSL refuses a certificate of the chain");
  if (others_may_read(files.key))
    tls->warnings_.push_back(
        fmt::format("every user of this machine may read the private key {}: run `chmod o= {}`",
                    files.key.string(), files.key.string()));
  if (tls->expires_ - now < kNearEnd)
    tls->warnings_.push_back(
        fmt::format("the certificate {} expires on {}; renew it, then send SIGHUP to the server",
                    files.certificate.string(), day_of(tls->expires_)));
  if (time_of(X509_get0_notBefore(own)) > now)
    tls->warnings_.push_back(fmt::format("the certificate {} is not valid before {}; check the clock",
                                         files.certificate.string(),
                                         day_of(time_of(X509_get0_notBefore(own)))));
  return std::shared_ptr<const TlsContext>(std::move(tls));
}

}  // namespace rappel
