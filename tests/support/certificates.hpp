// Throw-away certificates: an authority that signs, and what OpenSSL needs to use them. One thread;
// owned by the test. The keys are EC P-256 and live for a day.
#pragma once
#include <memory>
#include <string>

#include "support/stream.hpp"
#include "support/temporary_folder.hpp"

typedef struct x509_st X509;
typedef struct evp_pkey_st EVP_PKEY;

namespace apiforge::testing_support {

struct TlsDeleter {
  void operator()(SSL_CTX* context) const;
  void operator()(X509* certificate) const;
  void operator()(EVP_PKEY* key) const;
};
using TlsContext = std::unique_ptr<SSL_CTX, TlsDeleter>;

/// PEM files of a certificate and its key.
struct CertificateFiles {
  std::string certificate;
  std::string key;
};

class CertificateAuthority {
 public:
  /// Writes `<name>.pem`, the authority's own certificate, into the folder.
  CertificateAuthority(const TemporaryFolder& folder, const std::string& name);

  /// A certificate for a DNS name, or an IP address written as `IP:127.0.0.1`. Files are replaced.
  CertificateFiles issue(const std::string& subject, const std::string& file_name) const;
  const std::string& file() const { return file_; }

 private:
  const TemporaryFolder& folder_;
  std::unique_ptr<EVP_PKEY, TlsDeleter> key_;
  std::unique_ptr<X509, TlsDeleter> certificate_;
  std::string file_;
};

/// A server that shows `files`; with `client_authority` only to clients that it signed.
TlsContext server_context(const CertificateFiles& files, const std::string& client_authority = {});
/// A client that believes `authority` and offers `h2` and `http/1.1`.
TlsContext client_context(const std::string& authority);

/// What a finished handshake agreed on.
std::string agreed_protocol(const Stream& stream);
std::string peer_certificate_serial(const Stream& stream);
bool session_was_resumed(const Stream& stream);

}  // namespace apiforge::testing_support
