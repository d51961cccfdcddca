#include "server/http/test_tls.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <stdexcept>

#include "testing/temp_dir.h"

namespace rappel {
namespace {

void demand(bool done) {
  if (!done) throw std::runtime_error("OpenSSL cannot make what a test needs");
}

template <class Write>
std::string pem_of(const Write& write) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> out(BIO_new(BIO_s_mem()), BIO_free_all);
  demand(write(out.get()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

void name_certificate(X509* certificate, const std::string& name) {
  X509_NAME* const subject = X509_get_subject_name(certificate);
  demand(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0) == 1);
  demand(X509_set_issuer_name(certificate, subject) == 1);
  X509_EXTENSION* const names =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("DNS:" + name).c_str());
  demand(X509_add_ext(certificate, names, -1) == 1);
  X509_EXTENSION_free(names);
}

std::string first_name(X509_NAME* subject) {
  char text[256] = "";
  X509_NAME_get_text_by_NID(subject, NID_commonName, text, sizeof text);
  return text;
}

}  // namespace

TestIdentity make_identity(const std::string& name, std::chrono::seconds lifetime) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  demand(key != nullptr && certificate != nullptr);
  demand(X509_set_version(certificate.get(), 2) == 1);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -86'400);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), static_cast<long>(lifetime.count()));
  name_certificate(certificate.get(), name);
  demand(X509_set_pubkey(certificate.get(), key.get()) == 1);
  demand(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
  return {pem_of([&](BIO* out) { return PEM_write_bio_X509(out, certificate.get()); }), pem_of([&](BIO* out) {
            return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

TlsFiles write_identity(const TestIdentity& identity, const std::filesystem::path& folder) {
  const TlsFiles files{folder / "cert.pem", folder / "key.pem"};
  std::ofstream(files.certificate) << identity.certificate;
  std::ofstream(files.key) << identity.key;
  std::filesystem::permissions(files.key,
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  return files;
}

std::shared_ptr<const TlsContext> test_tls() {
  static const std::shared_ptr<const TlsContext> made = [] {
    std::signal(SIGPIPE, SIG_IGN);  // of the client's side, which OpenSSL writes itself
    const TempDir folder;
    auto tls = TlsContext::load(write_identity(make_identity(), folder.path()), TlsContext::Clock::now());
    demand(tls.ok());
    return *tls;
  }();
  return made;
}

TestTls::TestTls(int socket, TestTlsOptions options) : ssl_(nullptr, SSL_free) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                  SSL_CTX_free);
  SSL_CTX_set_mode(context.get(), SSL_MODE_AUTO_RETRY);
  ssl_.reset(SSL_new(context.get()));
  demand(ssl_ != nullptr && SSL_set_fd(ssl_.get(), socket) == 1);
  SSL_set_tlsext_host_name(ssl_.get(), "localhost");
  if (options.most_version != 0) SSL_set_max_proto_version(ssl_.get(), options.most_version);
  if (!options.protocol.empty()) {
    const std::string list = static_cast<char>(options.protocol.size()) + options.protocol;
    SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(list.data()),
                        static_cast<unsigned>(list.size()));
  }
  if (options.session) SSL_set_session(ssl_.get(), options.session.get());
  connected_ = SSL_connect(ssl_.get()) == 1;
}

TestTls::~TestTls() = default;

ssize_t TestTls::send(const char* data, std::size_t size) {
  return connected_ ? SSL_write(ssl_.get(), data, static_cast<int>(size)) : -1;
}

// A timeout of the socket shows as EAGAIN, as it does without TLS.
ssize_t TestTls::recv(char* data, std::size_t size) {
  if (!connected_) return 0;
  errno = 0;
  const int got = SSL_read(ssl_.get(), data, static_cast<int>(size));
  if (got > 0) return got;
  if (errno == EAGAIN) return -1;
  ended_well_ = SSL_get_error(ssl_.get(), got) == SSL_ERROR_ZERO_RETURN;
  return 0;
}

void TestTls::stop_sending() { SSL_shutdown(ssl_.get()); }

std::string TestTls::version() const { return SSL_get_version(ssl_.get()); }
bool TestTls::resumed() const { return SSL_session_reused(ssl_.get()) == 1; }

std::string TestTls::protocol() const {
  const unsigned char* text = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &text, &size);
  return {reinterpret_cast<const char*>(text), size};
}

std::string TestTls::name() const {
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(ssl_.get()),
                                                                X509_free);
  return certificate == nullptr ? "" : first_name(X509_get_subject_name(certificate.get()));
}

std::shared_ptr<ssl_session_st> TestTls::session() const {
  return {SSL_get1_session(ssl_.get()), [](SSL_SESSION* session) {
            if (session != nullptr) SSL_SESSION_free(session);
          }};
}

}  // namespace rappel
