#include <CLI/CLI.hpp>
#include <iostream>

#include "app/commands.hpp"
#include "app/operator_session.hpp"
#include "auth/accounts/bootstrap.hpp"
#include "auth/opaque_token.hpp"

namespace apiforge::app {
namespace {

namespace accounts = auth::accounts;

struct UserOptions {
  std::string username = "admin";
  std::string email;
  std::string tenant;
  std::vector<std::string> roles;
  bool password_from_stdin = false;
};

struct KeyOptions {
  std::string user;
  std::string name;
  std::string id;
  std::vector<std::string> scopes = {"gateway:call"};
  std::vector<std::string> apis = {"*"};
  std::vector<std::string> networks;
  unsigned days = 0;
};

/// The first line of stdin, or a new random password, which the operator is told.
struct ChosenPassword {
  Secret text;
  bool is_generated = false;
};

ChosenPassword choose_password(bool from_stdin) {
  if (!from_stdin) return {Secret(auth::make_id(24)), true};
  std::string line;
  std::getline(std::cin, line);
  return {Secret(std::move(line)), false};
}

void print_new_user(const model::User& user, const ChosenPassword& password) {
  std::cout << "user:     " << user.username << '\n';
  if (password.is_generated) {
    std::cout << "password: " << password.text.reveal() << "   (shown this once)\n";
  }
}

template <class Run>
int in_session(Run run) {
  int status = 0;
  const auto session = OperatorSession::open(status);
  return session ? run(*session) : status;
}

int init(const UserOptions& options) {
  return in_session([&](OperatorSession& session) {
    const ChosenPassword password = choose_password(options.password_from_stdin);
    const auto made = accounts::create_administrator(
        session.identity().accounts().ports, "cli",
        {.username = options.username, .email = options.email, .password = password.text});
    if (!made) return print_error(made.error());
    print_new_user(made->value, password);
    std::cout << "The first administrator is made. Start the server with `apiforge serve`.\n";
    return 0;
  });
}

int create_user(const UserOptions& options) {
  return in_session([&](OperatorSession& session) {
    const ChosenPassword password = choose_password(options.password_from_stdin);
    accounts::NewUser user{.username = options.username,
                           .email = options.email,
                           .password = password.text,
                           .roles = options.roles,
                           .tenant = std::nullopt};
    if (!options.tenant.empty()) user.tenant = model::TenantId{options.tenant};
    const auto made = session.identity().accounts().users.create(session.actor(), user);
    if (!made) return print_error(made.error());
    print_new_user(made->value, password);
    return 0;
  });
}

std::string joined(const std::vector<std::string>& texts) {
  std::string line;
  for (const std::string& text : texts) line += (line.empty() ? "" : ",") + text;
  return line;
}

int list_users() {
  return in_session([](OperatorSession& session) {
    accounts::PageQuery page{.after = {}, .limit = 500};
    do {
      const auto users =
          session.identity().accounts().users.list(session.actor(), std::nullopt, page);
      if (!users) return print_error(users.error());
      for (const auto& user : users->items) {
        std::cout << user.value.username << '\t' << user.value.email << '\t'
                  << user.value.tenant.value << '\t' << joined(user.value.roles) << '\t'
                  << (user.value.disabled ? "disabled" : "enabled") << '\n';
      }
      page.after = users->next;
    } while (!page.after.empty());
    return 0;
  });
}

int patch_user(const std::string& name, const accounts::UserPatch& patch) {
  return in_session([&](OperatorSession& session) {
    const auto user = session.find_user(name);
    if (!user) return print_error(user.error());
    const auto done = session.identity().accounts().users.patch(session.actor(), user->value.id,
                                                                patch, std::nullopt);
    return done ? 0 : print_error(done.error());
  });
}

int reset_password(const UserOptions& options) {
  const ChosenPassword password = choose_password(options.password_from_stdin);
  accounts::UserPatch patch;
  patch.password = password.text;
  const int status = patch_user(options.username, patch);
  if (status == 0 && password.is_generated) {
    std::cout << "password: " << password.text.reveal() << "   (shown this once)\n";
  }
  return status;
}

int create_key(const KeyOptions& options) {
  return in_session([&](OperatorSession& session) {
    const auto user = session.find_user(options.user);
    if (!user) return print_error(user.error());
    accounts::NewApiKeyRequest request;
    request.name = options.name;
    request.scopes = options.scopes;
    request.apis = options.apis;
    request.allowed_cidrs = options.networks;
    request.owner = user->value.id;
    if (options.days > 0) {
      request.expires_at = session.clock().wall() + std::chrono::days(options.days);
    }
    const auto key = session.identity().accounts().api_keys.create(session.actor(), request);
    if (!key) return print_error(key.error());
    std::cout << "id:  " << key->view.key.value.id.value << '\n'
              << "key: " << key->text.reveal() << "   (shown this once)\n";
    return 0;
  });
}

int list_keys(const KeyOptions& options) {
  return in_session([&](OperatorSession& session) {
    accounts::ApiKeyQuery query;
    query.whose = accounts::Whose::Everyone;
    query.page.limit = 500;
    if (!options.user.empty()) {
      const auto user = session.find_user(options.user);
      if (!user) return print_error(user.error());
      query.user = user->value.id;
    }
    do {
      const auto keys = session.identity().accounts().api_keys.list(session.actor(), query);
      if (!keys) return print_error(keys.error());
      for (const auto& view : keys->items) {
        const model::ApiKey& key = view.key.value;
        std::cout << key.id.value << '\t' << key.name << "\t..." << key.secrets.front().last4
                  << '\t' << joined(model::names_of(key.scopes)) << '\t' << joined(key.apis)
                  << '\n';
      }
      query.page.after = keys->next;
    } while (!query.page.after.empty());
    return 0;
  });
}

int revoke_key(const std::string& id) {
  return in_session([&](OperatorSession& session) {
    const auto done = session.identity().accounts().api_keys.remove(
        session.actor(), model::ApiKeyId{id}, std::nullopt);
    return done ? 0 : print_error(done.error());
  });
}

constexpr const char* kStdinHelp = "Read it from stdin instead of making a random one";

void add_user_commands(CLI::App& program, Command& chosen) {
  const auto options = std::make_shared<UserOptions>();
  CLI::App* user = program.add_subcommand("user", "Users, in the database itself");
  user->require_subcommand(1);
  CLI::App* create = user->add_subcommand("create", "Make a user");
  create->add_option("--username", options->username)->required();
  create->add_option("--email", options->email)->required();
  create->add_option("--role", options->roles, "May be repeated")->required();
  create->add_option("--tenant", options->tenant, "Its id; default: the platform's");
  create->add_flag("--password-stdin", options->password_from_stdin, kStdinHelp);
  create->callback([&chosen, options] { chosen = [options] { return create_user(*options); }; });
  user->add_subcommand("list", "One line a user")->callback([&chosen] { chosen = list_users; });
  for (const bool disabled : {true, false}) {
    CLI::App* command = user->add_subcommand(
        disabled ? "disable" : "enable",
        disabled ? "Its keys and sessions stop working" : "The opposite of disable");
    command->add_option("username", options->username)->required();
    command->callback([&chosen, options, disabled] {
      chosen = [options, disabled] {
        accounts::UserPatch patch;
        patch.disabled = disabled;
        return patch_user(options->username, patch);
      };
    });
  }
  CLI::App* reset = user->add_subcommand("reset-password", "Give a user a new password");
  reset->add_option("username", options->username)->required();
  reset->add_flag("--password-stdin", options->password_from_stdin, kStdinHelp);
  reset->callback([&chosen, options] { chosen = [options] { return reset_password(*options); }; });
}

void add_key_commands(CLI::App& program, Command& chosen) {
  const auto options = std::make_shared<KeyOptions>();
  CLI::App* key = program.add_subcommand("key", "API keys, in the database itself");
  key->require_subcommand(1);
  CLI::App* create = key->add_subcommand("create", "Make an API key");
  create->add_option("--user", options->user, "Whose: user name or email")->required();
  create->add_option("--name", options->name, "What it is for")->required();
  create->add_option("--scope", options->scopes, "A permission; may be repeated")
      ->capture_default_str();
  create->add_option("--api", options->apis, "Name of an API; may be repeated")
      ->capture_default_str();
  create->add_option("--network", options->networks, "Where it may be used; may be repeated");
  create->add_option("--days", options->days, "How long it is valid; default: for ever");
  create->callback([&chosen, options] { chosen = [options] { return create_key(*options); }; });
  CLI::App* list = key->add_subcommand("list", "One line a key");
  list->add_option("--user", options->user, "Only those of this user");
  list->callback([&chosen, options] { chosen = [options] { return list_keys(*options); }; });
  CLI::App* revoke = key->add_subcommand("revoke", "End a key at once");
  revoke->add_option("id", options->id)->required();
  revoke->callback([&chosen, options] { chosen = [options] { return revoke_key(options->id); }; });
}

}  // namespace

void add_account_commands(CLI::App& program, Command& chosen) {
  const auto options = std::make_shared<UserOptions>();
  CLI::App* command =
      program.add_subcommand("init", "Make database, keys and the first administrator");
  command->add_option("--username", options->username)->capture_default_str();
  command->add_option("--email", options->email);
  command->add_flag("--password-stdin", options->password_from_stdin, kStdinHelp);
  command->callback([&chosen, options] { chosen = [options] { return init(*options); }; });
  add_user_commands(program, chosen);
  add_key_commands(program, chosen);
}

}  // namespace apiforge::app
