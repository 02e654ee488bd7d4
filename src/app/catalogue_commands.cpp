#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "app/address_rule.hpp"
#include "app/commands.hpp"
#include "app/compile_check.hpp"
#include "app/connector_list.hpp"
#include "app/operator_session.hpp"
#include "app/server_client.hpp"
#include "catalogue/catalogue.hpp"
#include "catalogue/plan.hpp"
#include "declarative/api_json.hpp"
#include "declarative/load.hpp"

namespace apiforge::app {
namespace {

struct CatalogueOptions {
  std::string config;
  std::string server;
  bool keep = false;  ///< what is stored and not in the file
};

enum class Action : std::uint8_t { Plan, Apply };

std::vector<std::string> connector_names() {
  std::vector<std::string> names;
  for (const auto& connector : connector_list()) names.emplace_back(connector.name);
  return names;
}

/// The file's text; the settings decide which file when the command line does not.
struct ConfigurationFile {
  Preparation preparation;
  std::string name;
  std::string text;
};

int read_configuration_file(const CatalogueOptions& options, ConfigurationFile& out) {
  if (const int status = prepare_settings(options.config, out.preparation); status != 0) {
    return status;
  }
  out.name = out.preparation.loaded.settings.process.config_file;
  std::ifstream in(out.name, std::ios::binary);
  if (!in) return print_faults({out.name + ": cannot be read; name it with --config"});
  std::ostringstream text;
  text << in.rdbuf();
  out.text = text.str();
  return 0;
}

int print_file_faults(const std::vector<declarative::FileFault>& faults) {
  std::vector<std::string> lines;
  for (const auto& fault : faults) lines.push_back(declarative::to_string(fault));
  return print_faults(lines);
}

// ------------------------------------------------------------------------- on the database itself

/// The catalogue as this process sees it: no file is declared beside the store.
struct LocalCatalogue {
  explicit LocalCatalogue(OperatorSession& session)
      : inventory([] { return std::make_shared<const model::Configuration>(); }),
        ports{.accounts = session.identity().accounts().ports,
              .vault = session.identity().vault(),
              .inventory = inventory,
              .connectors = connector_names(),
              .check_address =
                  [&session](const model::UpstreamUrl& url) {
                    return check_endpoint(session.settings().network, url);
                  },
              .check_compiles =
                  [](const model::Api& api) { return compile_check(api, {}, connector_list()); }} {}

  catalogue::Inventory inventory;
  catalogue::Ports ports;
};

int print_refused(const Refused& refused) {
  if (refused.faults.empty()) return print_error(refused.error);
  std::vector<std::string> lines;
  for (const BodyFault& fault : refused.faults)
    lines.push_back(fault.pointer + ": " + fault.message);
  print_faults(lines);
  return kExitFailure;
}

int on_database(const CatalogueOptions& options, Action action) {
  ConfigurationFile file;
  if (const int status = read_configuration_file(options, file); status != 0) return status;
  const auto wanted = declarative::load_configuration(
      file.text, file.name, *file.preparation.resolver, connector_names());
  if (!wanted) return print_file_faults(wanted.error());
  int status = 0;
  const auto session = OperatorSession::open(status);
  if (!session) return status;
  LocalCatalogue local(*session);
  auto transaction = session->begin(storage::Mode::Read);
  if (!transaction) return print_error(transaction.error());
  auto plan = catalogue::make_plan(**transaction, local.ports.vault,
                                   session->actor().caller->tenant, *wanted);
  if (!plan) return print_error(plan.error());
  if (options.keep) plan->remove_nothing();
  transaction->reset();
  std::cout << catalogue::to_text(*plan);
  if (action == Action::Plan) {
    auto faults = catalogue::faults_of_addresses(local.ports, *plan, *wanted);
    return faults.empty() ? 0
                          : print_refused({{ErrorCode::InvalidBody, {}, {}}, std::move(faults)});
  }
  if (plan->empty()) return 0;
  const auto done = catalogue::apply(local.ports, session->actor(), *plan, *wanted);
  if (!done) return print_refused(done.error());
  std::cout << "applied\n";
  return 0;
}

int export_from_database() {
  int status = 0;
  const auto session = OperatorSession::open(status);
  if (!session) return status;
  auto transaction = session->begin(storage::Mode::Read);
  if (!transaction) return print_error(transaction.error());
  const auto stored = catalogue::export_configuration(**transaction, session->identity().vault(),
                                                      session->actor().caller->tenant);
  if (!stored) return print_error(stored.error());
  std::cout << declarative::to_yaml(*stored);
  return 0;
}

// ------------------------------------------------------------------------------ on a running
// server

/// What a problem document says, one line a fault.
int print_problem(const net::FetchReply& reply) {
  boost::system::error_code error;
  const auto problem = boost::json::parse(reply.body, error);
  std::vector<std::string> lines;
  if (!error && problem.is_object()) {
    const auto& members = problem.get_object();
    if (const auto* faults = members.if_contains("errors"); faults && faults->is_array()) {
      for (const auto& fault : faults->get_array()) {
        lines.push_back(std::string(fault.at("pointer").as_string()) + ": " +
                        std::string(fault.at("message").as_string()));
      }
    }
    if (const auto* detail = members.if_contains("detail"); lines.empty() && detail) {
      lines.emplace_back(detail->is_string() ? std::string(detail->get_string()) : "");
    }
  }
  if (lines.empty()) lines.push_back("the server answered " + std::to_string(reply.status));
  print_faults(lines);
  return kExitFailure;
}

Result<net::FetchReply> ask(const CatalogueOptions& options, net::Method method,
                            const std::string& target, const Secret& body) {
  const SystemClock clock;
  // Not an option: other processes can read the command line.
  const char* key = std::getenv("APIFORGE_API_KEY");
  auto client = ServerClient::make(options.server, Secret(key == nullptr ? "" : key), clock);
  if (!client) return std::unexpected(client.error());
  return client->ask(method, target, body);
}

int on_server(const CatalogueOptions& options, Action action) {
  ConfigurationFile file;
  if (const int status = read_configuration_file(options, file); status != 0) return status;
  const auto wanted = declarative::catalogue_to_send(file.text, file.name,
                                                     *file.preparation.resolver, connector_names());
  if (!wanted) return print_file_faults(wanted.error());
  std::string target = action == Action::Plan ? "/api/v1/gateway/plan" : "/api/v1/gateway/apply";
  if (options.keep) target += "?keep=true";
  const auto reply = ask(options, net::Method::Post, target, *wanted);
  if (!reply) return print_error(reply.error());
  if (reply->status != 200) return print_problem(*reply);
  std::cout << boost::json::parse(reply->body).at("text").as_string().c_str();
  if (action == Action::Apply) std::cout << "in force\n";
  return 0;
}

int export_from_server(const CatalogueOptions& options) {
  const auto reply = ask(options, net::Method::Get, "/api/v1/gateway/export", Secret());
  if (!reply) return print_error(reply.error());
  if (reply->status != 200) return print_problem(*reply);
  std::cout << reply->body;
  return 0;
}

void add_server_options(CLI::App& command, CatalogueOptions& options) {
  command
      .add_option("--server", options.server,
                  "A running server, such as http://127.0.0.1:8000; default: the database "
                  "itself, which no server may be using when it is SQLite")
      ->envname("APIFORGE_SERVER");
}

}  // namespace

void add_catalogue_commands(CLI::App& program, Command& chosen) {
  const auto options = std::make_shared<CatalogueOptions>();
  for (const Action action : {Action::Plan, Action::Apply}) {
    CLI::App* command = program.add_subcommand(
        action == Action::Plan ? "plan" : "apply",
        action == Action::Plan
            ? "Show what `apply` would change in the stored APIs, credentials, quotas, "
              "breakers and alert rules"
            : "Make the stored APIs, credentials, quotas, breakers and alert rules those "
              "of a file");
    command->footer(
        "Of a list that the file does not name (credentials, apis, quotas, circuit_breakers,\n"
        "alert_rules) it says nothing: what is stored of that kind stays. An empty list, such as\n"
        "`quotas: []`, removes all of it unless --keep is given.");
    command->add_option("--config", options->config, "The declarative file");
    command->add_flag("--keep", options->keep, "Remove nothing that the file does not name");
    add_server_options(*command, *options);
    command->callback([&chosen, options, action] {
      chosen = [options, action] {
        return options->server.empty() ? on_database(*options, action)
                                       : on_server(*options, action);
      };
    });
  }
  CLI::App* exporting = program.add_subcommand(
      "export",
      "Write the stored APIs, credentials, quotas, breakers and alert rules as a declarative file; "
      "secrets become references");
  add_server_options(*exporting, *options);
  exporting->callback([&chosen, options] {
    chosen = [options] {
      return options->server.empty() ? export_from_database() : export_from_server(*options);
    };
  });
}

}  // namespace apiforge::app
