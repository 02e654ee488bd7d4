#include "app/issuer_keys.hpp"

#include <algorithm>
#include <fstream>

#include "app/address_rule.hpp"
#include "app/dial_target.hpp"
#include "app/file_stamp.hpp"
#include "net/fetch.hpp"

namespace apiforge::app {
namespace {

constexpr std::chrono::milliseconds kLook{250};
constexpr std::chrono::minutes kRefresh{10};
constexpr std::chrono::seconds kFirstRetry{2};
constexpr std::chrono::seconds kBetweenWishes{30};
constexpr unsigned kMaxDoublings = 8;

/// Up to a tenth sooner or later, so that not all nodes ask at the same moment.
std::chrono::nanoseconds with_jitter(std::chrono::nanoseconds time, Random& random) {
  const auto tenth = static_cast<std::uint64_t>(time.count() / 10);
  return time - std::chrono::nanoseconds(tenth) +
         std::chrono::nanoseconds(random.below(2 * tenth + 1));
}

std::chrono::nanoseconds until_next(unsigned failures) {
  if (failures == 0) return kRefresh;
  return std::min<std::chrono::nanoseconds>(
      kRefresh, kFirstRetry * (1 << std::min(failures - 1, kMaxDoublings)));
}

/// One byte more than is taken shows that a file is too large.
Result<std::string> content_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(auth::kMaxJwksBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad() || (in.fail() && !in.eof())) {
    return fail(ErrorCode::InvalidConfiguration, file + " cannot be read");
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

bool has_same_origin(const model::TrustedIssuer& one, const model::TrustedIssuer& other) {
  return one.issuer == other.issuer && one.jwks_url == other.jwks_url &&
         one.jwks_file == other.jwks_file;
}

}  // namespace

/// An issuer, and what is known of its keys. A fetch under way shares it.
struct IssuerKeys::Source {
  model::TrustedIssuer issuer;
  std::shared_ptr<auth::MissingKeyFlag> missing_key = std::make_shared<auth::MissingKeyFlag>();
  std::string document;                     ///< the keys in force are read from
  std::optional<auth::PublishedKeys> keys;  ///< the last good ones
  unsigned failures = 0;                    ///< of the last readings, in a row
  bool was_asked = false;
  bool is_asked = false;               ///< at this moment
  MonotonicTime next_look{};           ///< due at once
  MonotonicTime next_wish{};           ///< no missing key counts before
  std::optional<FileStamp> file = {};  ///< as it was when it was read
};

IssuerKeys::IssuerKeys(Needs needs)
    : needs_(std::move(needs)),
      dialer_(needs_.control,
              [this](const std::string& ip) { return may_connect(needs_.network, ip); }),
      clear_text_dialer_(needs_.control,
                         [this](const std::string& ip) { return is_named(needs_.network, ip); }) {}

IssuerKeys::~IssuerKeys() = default;

void IssuerKeys::configure(const std::vector<model::TrustedIssuer>& issuers) {
  if (std::ranges::equal(issuers, sources_, {}, {}, &Source::issuer)) return;
  std::vector<std::shared_ptr<Source>> sources;
  for (const auto& issuer : issuers) {
    const auto known = std::ranges::find_if(
        sources_, [&](const auto& source) { return has_same_origin(source->issuer, issuer); });
    auto& source =
        sources.emplace_back(known != sources_.end() ? *known : std::make_shared<Source>());
    source->issuer = issuer;
  }
  sources_ = std::move(sources);
  for (const auto& source : sources_) {
    if (!source->issuer.jwks_file.empty()) look_at(source);
  }
  publish();
}

void IssuerKeys::start() {
  net::spawn(watch());
}

net::Task<void> IssuerKeys::watch() {
  while (!stopping_) {
    for (const auto& source : sources_) look_at(source);
    if (std::ranges::all_of(sources_, &Source::was_asked)) were_asked_ = true;
    co_await needs_.control.sleep_until(needs_.control.now() + kLook);
  }
}

void IssuerKeys::look_at(const std::shared_ptr<Source>& source) {
  const MonotonicTime now = needs_.control.now();
  if (!source->issuer.jwks_file.empty()) {
    const auto stamp = stamp_of(source->issuer.jwks_file);
    const bool is_news = !source->was_asked || stamp != source->file;
    source->file = stamp;
    if (is_news || now >= source->next_look) take(*source, content_of(source->issuer.jwks_file));
    return;
  }
  if (source->is_asked) return;
  const bool is_wished = now >= source->next_wish && source->missing_key->take();
  if (is_wished) source->next_wish = now + kBetweenWishes;
  if (is_wished || now >= source->next_look) net::spawn(fetch(source));
}

net::Task<void> IssuerKeys::fetch(std::shared_ptr<Source> source) {
  source->is_asked = true;
  const auto document = co_await download(source->issuer.jwks_url);
  source->is_asked = false;
  if (!stopping_) take(*source, document);
}

net::Task<Result<std::string>> IssuerKeys::download(std::string address) {
  const auto url = model::parse_key_set_url(address);
  if (!url) co_return std::unexpected(url.error());
  auto server = dial_target(url->server, tls_);
  if (!server) co_return std::unexpected(std::move(server.error()));
  net::FetchRequest request;
  request.server = *std::move(server);
  request.authority = model::host_field(url->server);
  request.target = url->target;
  request.max_body_bytes = auth::kMaxJwksBytes;
  net::Dialer& dialer = url->server.tls ? dialer_ : clear_text_dialer_;
  auto reply = co_await net::fetch(needs_.control, dialer, std::move(request));
  if (!reply) co_return std::unexpected(std::move(reply.error()));
  if (reply->status != 200) {
    co_return fail(ErrorCode::UpstreamProtocolError,
                   "the reply has the status " + std::to_string(reply->status));
  }
  co_return std::move(reply->body);
}

void IssuerKeys::take(Source& source, const Result<std::string>& document) {
  const auto accepted = accept(source, document);
  source.was_asked = true;
  source.failures = accepted ? 0 : source.failures + 1;
  source.next_look =
      needs_.control.now() + with_jitter(until_next(source.failures), needs_.control.random());
  if (accepted) return;
  const Error& error = accepted.error();
  const std::string reason =
      error.detail + (error.context.empty() ? "" : " (" + error.context + ")");
  needs_.log.warning(source.keys
                         ? "the keys of an issuer were not read; those of before stay in use"
                         : "the keys of an issuer were not read; its tokens are refused",
                     {{"issuer", source.issuer.issuer}, {"reason", reason}});
}

Result<void> IssuerKeys::accept(Source& source, const Result<std::string>& document) {
  if (!document) return std::unexpected(document.error());
  if (source.keys && source.document == *document) return {};
  auto keys = auth::PublishedKeys::parse(*document);
  if (!keys) return std::unexpected(std::move(keys.error()));
  needs_.log.info("the keys of an issuer were read",
                  {{"issuer", source.issuer.issuer}, {"keys", std::to_string(keys->size())}});
  source.keys = *std::move(keys);
  source.document = *document;
  publish();
  return {};
}

void IssuerKeys::publish() {
  std::vector<auth::IssuerWithKeys> issuers;
  for (const auto& source : sources_) {
    if (!source->keys) continue;
    issuers.push_back({source->issuer, *source->keys, source->missing_key});
  }
  if (issuers.empty()) return needs_.publish(nullptr);
  auto verifier = auth::ExternalVerifier::make(std::move(issuers));
  if (!verifier) return needs_.log.error("trusted issuers: " + verifier.error().detail);
  needs_.publish(std::make_shared<const auth::ExternalVerifier>(*std::move(verifier)));
}

std::optional<observe::ComponentHealth> IssuerKeys::health() const {
  if (sources_.empty()) return std::nullopt;
  const auto failing =
      std::ranges::count_if(sources_, [](const auto& source) { return source->failures > 0; });
  observe::ComponentHealth health{.name = "token_issuers"};
  if (failing > 0) {
    health.status = observe::HealthStatus::Degraded;
    health.detail = "the keys of " + std::to_string(failing) + " of " +
                    std::to_string(sources_.size()) + " issuers were not read; see the log";
  }
  return health;
}

}  // namespace apiforge::app
