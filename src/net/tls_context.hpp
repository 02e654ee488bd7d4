// TLS settings, loaded once and shared by connections. Immutable after `load`; any thread.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "base/error.hpp"

namespace apiforge::net {

/// The certificate that callers see. A new one is loaded into a new object; connections keep
/// theirs.
class TlsServerContext {
 public:
  /// `certificate_file`: PEM chain, leaf first. `key_file`: its private key, PEM.
  /// Fails with InvalidConfiguration naming the file and OpenSSL's reason.
  static Result<std::shared_ptr<TlsServerContext>> load(const std::string& certificate_file,
                                                        const std::string& key_file);
  ~TlsServerContext();

  struct Native;
  Native& native() { return *native_; }

 private:
  explicit TlsServerContext(std::unique_ptr<Native> native);
  std::unique_ptr<Native> native_;
};

struct TlsClientOptions {
  bool verify = true;                           ///< chain and name (RFC 6125)
  std::optional<std::string> ca_file = {};      ///< PEM; the system's roots when absent
  std::optional<std::string> certificate = {};  ///< client certificate, PEM file
  std::optional<std::string> key = {};
};

/// How upstreams are verified, and what this side shows them.
class TlsClientContext {
 public:
  static Result<std::shared_ptr<TlsClientContext>> load(const TlsClientOptions& options);
  ~TlsClientContext();

  struct Native;
  Native& native() { return *native_; }

 private:
  explicit TlsClientContext(std::unique_ptr<Native> native);
  std::unique_ptr<Native> native_;
};

}  // namespace apiforge::net
