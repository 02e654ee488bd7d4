#include "support/certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <stdexcept>

namespace apiforge::testing_support {
namespace {

constexpr long kDay = 24 * 60 * 60;

void check(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(what);
}

void add_extension(X509* certificate, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  check(extension, "a certificate extension is not valid");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

X509* new_certificate(const std::string& name, EVP_PKEY* key, X509* issuer) {
  X509* certificate = X509_new();
  X509_set_version(certificate, X509_VERSION_3);
  BIGNUM* serial = BN_new();
  BN_rand(serial, 64, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY);
  BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate));
  BN_free(serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate), kDay);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer ? issuer : certificate));
  X509_set_pubkey(certificate, key);
  return certificate;
}

std::string pem_of(auto write) {
  BIO* memory = BIO_new(BIO_s_mem());
  check(write(memory) == 1, "PEM cannot be written");
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(memory);
  return text;
}

std::string pem_of(X509* certificate) {
  return pem_of([&](BIO* out) { return PEM_write_bio_X509(out, certificate); });
}

}  // namespace

void TlsDeleter::operator()(SSL_CTX* context) const {
  SSL_CTX_free(context);
}
void TlsDeleter::operator()(X509* certificate) const {
  X509_free(certificate);
}
void TlsDeleter::operator()(EVP_PKEY* key) const {
  EVP_PKEY_free(key);
}

CertificateAuthority::CertificateAuthority(const TemporaryFolder& folder, const std::string& name)
    : folder_(folder), key_(EVP_EC_gen("P-256")) {
  certificate_.reset(new_certificate(name, key_.get(), nullptr));
  add_extension(certificate_.get(), certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
  check(X509_sign(certificate_.get(), key_.get(), EVP_sha256()) > 0, "signing failed");
  file_ = folder.write(name + ".pem", pem_of(certificate_.get()));
}

CertificateFiles CertificateAuthority::issue(const std::string& subject,
                                             const std::string& file_name) const {
  const std::unique_ptr<EVP_PKEY, TlsDeleter> key(EVP_EC_gen("P-256"));
  const std::unique_ptr<X509, TlsDeleter> certificate(
      new_certificate(subject, key.get(), certificate_.get()));
  const std::string name = subject.starts_with("IP:") ? subject : "DNS:" + subject;
  add_extension(certificate.get(), certificate_.get(), NID_subject_alt_name, name);
  check(X509_sign(certificate.get(), key_.get(), EVP_sha256()) > 0, "signing failed");
  const std::string key_pem = pem_of([&](BIO* out) {
    return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  return {folder_.write(file_name + ".pem", pem_of(certificate.get())),
          folder_.write(file_name + ".key", key_pem)};
}

TlsContext server_context(const CertificateFiles& files, const std::string& client_authority) {
  TlsContext context(SSL_CTX_new(TLS_server_method()));
  check(SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) == 1 &&
            SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) == 1,
        "the server's certificate cannot be used");
  SSL_CTX_set_session_id_context(context.get(), reinterpret_cast<const unsigned char*>("test"), 4);
  if (!client_authority.empty()) {
    SSL_CTX_load_verify_file(context.get(), client_authority.c_str());
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return context;
}

TlsContext client_context(const std::string& authority) {
  TlsContext context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_load_verify_file(context.get(), authority.c_str());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  constexpr std::array<unsigned char, 12> kOffer{2,   'h', '2', 8,   'h', 't',
                                                 't', 'p', '/', '1', '.', '1'};
  SSL_CTX_set_alpn_protos(context.get(), kOffer.data(), kOffer.size());
  return context;
}

std::string agreed_protocol(const Stream& stream) {
  const unsigned char* name = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(stream.tls(), &name, &length);
  return {reinterpret_cast<const char*>(name), length};
}

std::string peer_certificate_serial(const Stream& stream) {
  const X509* certificate = SSL_get0_peer_certificate(stream.tls());
  if (!certificate) return {};
  BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr);
  char* digits = BN_bn2hex(number);
  std::string text(digits);
  OPENSSL_free(digits);
  BN_free(number);
  return text;
}

bool session_was_resumed(const Stream& stream) {
  return SSL_session_reused(stream.tls()) == 1;
}

}  // namespace apiforge::testing_support
