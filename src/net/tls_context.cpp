#include "net/tls_context.hpp"

#include <openssl/err.h>

#include <array>

#include "net/detail/tls.hpp"

namespace apiforge::net {
namespace {

using boost::system::error_code;

// HTTP/1.1 is what this side speaks (RFC 7301 wire form: length, name).
constexpr std::array<unsigned char, 9> kAlpn{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

int select_alpn(SSL*, const unsigned char** out, unsigned char* out_length,
                const unsigned char* offered, unsigned int offered_length, void*) {
  unsigned char* selected = nullptr;
  const int outcome = SSL_select_next_proto(&selected, out_length, kAlpn.data(), kAlpn.size(),
                                            offered, offered_length);
  if (outcome != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_NOACK;
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

int keep_session(SSL* ssl, SSL_SESSION* session) {
  auto* slot =
      static_cast<detail::TlsSessionSlot*>(SSL_get_ex_data(ssl, detail::session_slot_index()));
  if (!slot) return 0;
  slot->session.reset(session);
  return 1;  // the reference is ours now
}

void set_common_options(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // An idle connection gives its record buffers back.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
}

std::unexpected<Error> bad_file(const std::string& what, const std::string& file,
                                const error_code& error) {
  ERR_clear_error();
  return fail(ErrorCode::InvalidConfiguration, what + " '" + file + "': " + error.message());
}

}  // namespace

namespace detail {
int session_slot_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}
}  // namespace detail

TlsServerContext::TlsServerContext(std::unique_ptr<Native> native) : native_(std::move(native)) {}
TlsServerContext::~TlsServerContext() = default;

Result<std::shared_ptr<TlsServerContext>> TlsServerContext::load(
    const std::string& certificate_file, const std::string& key_file) {
  auto native = std::make_unique<Native>();
  error_code error;
  native->context.use_certificate_chain_file(certificate_file, error);
  if (error) return bad_file("cannot use the certificate", certificate_file, error);
  native->context.use_private_key_file(key_file, detail::asio::ssl::context::pem, error);
  if (error) return bad_file("cannot use the private key", key_file, error);
  SSL_CTX* context = native->context.native_handle();
  if (SSL_CTX_check_private_key(context) != 1) {
    ERR_clear_error();
    return fail(ErrorCode::InvalidConfiguration, "the private key '" + key_file +
                                                     "' does not belong to the certificate '" +
                                                     certificate_file + "'");
  }
  set_common_options(context);
  SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_alpn_select_cb(context, select_alpn, nullptr);
  return std::shared_ptr<TlsServerContext>(new TlsServerContext(std::move(native)));
}

TlsClientContext::TlsClientContext(std::unique_ptr<Native> native) : native_(std::move(native)) {}
TlsClientContext::~TlsClientContext() = default;

Result<std::shared_ptr<TlsClientContext>> TlsClientContext::load(const TlsClientOptions& options) {
  auto native = std::make_unique<Native>();
  error_code error;
  if (options.ca_file) {
    native->context.load_verify_file(*options.ca_file, error);
    if (error) return bad_file("cannot use the CA file", *options.ca_file, error);
  } else {
    native->context.set_default_verify_paths(error);
  }
  if (options.certificate && options.key) {
    native->context.use_certificate_chain_file(*options.certificate, error);
    if (error) return bad_file("cannot use the client certificate", *options.certificate, error);
    native->context.use_private_key_file(*options.key, detail::asio::ssl::context::pem, error);
    if (error) return bad_file("cannot use the client key", *options.key, error);
  }
  native->verify = options.verify;
  SSL_CTX* context = native->context.native_handle();
  set_common_options(context);
  SSL_CTX_set_alpn_protos(context, kAlpn.data(), kAlpn.size());
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, keep_session);
  return std::shared_ptr<TlsClientContext>(new TlsClientContext(std::move(native)));
}

}  // namespace apiforge::net
