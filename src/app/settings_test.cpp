#include "app/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/setting_rules.hpp"
#include "app/settings_table.hpp"

namespace apiforge::app {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kStrongKey = "u8Zq2vN4xW7rT1yB5mK9pL3sD6fG0hJc";
const std::string kMasterKey = "bJ0mB3mC3PpZrK4x0kQmJm0gTq4cWf3mS1r2yQbVnWk=";

class SettingsTest : public testing::Test {
 protected:
  SettingsTest() { sources_.processors = 3; }

  void given_environment(const std::string& name, const std::string& value) {
    sources_.environment[name] = value;
  }
  void given_dotenv(std::string text) { sources_.dotenv_text = std::move(text); }
  void given_yaml(std::string text) { sources_.yaml_text = std::move(text); }
  void given_production() {
    given_environment("ENV", "production");
    given_environment("JWT_SECRET_KEY", kStrongKey);
    given_environment("MASTER_KEY", kMasterKey);
  }

  LoadedSettings loaded() {
    auto result = load_settings(sources_);
    EXPECT_TRUE(result) << faults();
    return result.value_or(LoadedSettings{});
  }
  Settings settings() { return loaded().settings; }

  /// All faults, one a line; empty when there are none.
  std::string faults() {
    std::string text;
    const auto result = load_settings(sources_);
    if (result) return text;
    for (const auto& fault : result.error()) text += to_string(fault) + "\n";
    return text;
  }

  /// `value (source)` of a setting in force.
  std::string effective(std::string_view name) {
    for (const auto& setting : loaded().effective) {
      if (setting.name == name) return setting.value + " (" + setting.source + ")";
    }
    return "absent";
  }

  SettingSources sources_;
};

TEST_F(SettingsTest, DevelopmentListensToThisMachineAlone) {
  const auto defaults = settings();
  EXPECT_EQ(defaults.process.environment, Environment::Development);
  EXPECT_TRUE(defaults.process.debug);
  EXPECT_EQ(defaults.process.workers, 3u);
  EXPECT_EQ(defaults.listen.host, "127.0.0.1");
  EXPECT_EQ(defaults.listen.port, 8'000);
  EXPECT_EQ(defaults.log.level, observe::LogLevel::Debug);
  EXPECT_EQ(defaults.log.file, "logs/api_factory.log");
  EXPECT_EQ(defaults.storage.database_url, "");
  EXPECT_EQ(effective("UPSTREAM_ALLOW_CIDRS"), "127.0.0.0/8,::1/128 (default (development))");
}

TEST_F(SettingsTest, StagingAndProductionHaveTheirOwnDefaults) {
  given_environment("APP_ENV", "Staging");
  EXPECT_EQ(settings().log.level, observe::LogLevel::Info);
  EXPECT_EQ(settings().listen.host, "127.0.0.1");
  EXPECT_FALSE(settings().process.debug);

  given_production();
  EXPECT_EQ(settings().log.level, observe::LogLevel::Warning);
  EXPECT_EQ(settings().listen.host, "0.0.0.0");
  EXPECT_TRUE(settings().network.upstream_allow.empty());
}

TEST_F(SettingsTest, TheEnvironmentWinsOverDotenvAndDotenvOverYaml) {
  given_yaml("version: 1\nsettings:\n  api_port: 1\n  workers: 1\n  log_format: json\n");
  given_dotenv("API_PORT=2\nWORKERS=2\n");
  given_environment("API_PORT", "3");
  EXPECT_EQ(effective("API_PORT"), "3 (environment)");
  EXPECT_EQ(effective("WORKERS"), "2 (.env:2)");
  EXPECT_EQ(effective("LOG_FORMAT"), "json (apiforge.yaml:5)");
  EXPECT_EQ(effective("LOG_FILE"), "logs/api_factory.log (default (development))");
}

TEST_F(SettingsTest, AnEmptyValueCountsAsNotSet) {
  given_dotenv("API_PORT=9\n");
  given_environment("API_PORT", "");
  EXPECT_EQ(settings().listen.port, 9);
}

TEST_F(SettingsTest, UnknownVariablesBelongToOthers) {
  given_environment("PATH", "/bin");
  given_dotenv("POSTGRES_USER=x\n");
  EXPECT_EQ(faults(), "");
}

TEST_F(SettingsTest, UnknownNamesInYamlAreFaults) {
  given_yaml("settings:\n  api_prot: 1\n  config_file: x\n  colour: 1\n");
  EXPECT_EQ(faults(),
            "api_prot (apiforge.yaml:2): there is no setting of this name; did you mean "
            "'api_port'?\n"
            "config_file (apiforge.yaml:3): there is no setting of this name\n"
            "colour (apiforge.yaml:4): there is no setting of this name\n");
}

TEST_F(SettingsTest, YamlMayHoldListsAndReferences) {
  const declarative::SystemSecretResolver resolver(
      std::map<std::string, std::string>{{"REDIS", "hunter2"}});
  sources_.resolver = &resolver;
  given_yaml(
      "settings:\n  trusted_proxies: [10.0.0.0/8, 'fc00::/7']\n"
      "  redis_password: ${env:REDIS}\n  redis_host: null\n");
  EXPECT_EQ(effective("TRUSTED_PROXIES"), "10.0.0.0/8,fc00::/7 (apiforge.yaml:2)");
  EXPECT_EQ(settings().redis.password.reveal(), "hunter2");
  given_yaml("settings:\n  redis_password: ${env:ABSENT}\n  api_port: {a: 1}\n");
  EXPECT_EQ(faults(),
            "REDIS_PASSWORD (apiforge.yaml:2): the environment variable 'ABSENT' is not set\n"
            "API_PORT (apiforge.yaml:3): expected text or a list, found a map\n");
}

TEST_F(SettingsTest, EveryWrongValueIsToldWithWhatIsAllowed) {
  given_yaml("settings: {log_level: loud}\n");
  given_dotenv("API_PORT=99999\n");
  given_environment("WORKERS", "many");
  given_environment("API_HOST", "example.com");
  given_environment("TRUSTED_PROXIES", "10.0.0.0/8,10.1.1.1/8");
  EXPECT_EQ(faults(),
            "WORKERS='many' (environment): must be a whole number from 1 to 256\n"
            "API_HOST='example.com' (environment): must be an IP address such as 127.0.0.1, "
            "0.0.0.0 or ::\n"
            "API_PORT='99999' (.env:1): must be a whole number from 0 to 65535\n"
            "LOG_LEVEL='loud' (apiforge.yaml:1): must be DEBUG, INFO, WARNING, ERROR or OFF\n"
            "TRUSTED_PROXIES='10.0.0.0/8,10.1.1.1/8' (environment): must be networks with commas "
            "between them, such as 10.0.0.0/8,fc00::/7, without address bits beyond the prefix\n");
}

TEST_F(SettingsTest, AWrongEnvironmentIsNotTakenForDevelopment) {
  given_environment("ENV", "prod");
  EXPECT_EQ(faults(), "ENV='prod' (environment): must be development, staging or production\n");
}

TEST_F(SettingsTest, SourcesThatCannotBeReadAreFaults) {
  given_yaml("settings: [\n");
  given_dotenv("nonsense\n");
  EXPECT_EQ(faults(),
            "apiforge.yaml:2: the file ends in the middle of something\n"
            ".env:1: expected NAME=value\n");
}

TEST_F(SettingsTest, SecretsAreNeverShown) {
  given_environment("JWT_SECRET_KEY", "hunter2");
  given_environment("REDIS_PASSWORD", "hunter2");
  given_environment("REDIS_URL", "redis://user:hunter2@cache:6379/0");
  given_environment("DATABASE_URL", "postgresql://db/forge?password=hunter2");
  for (const auto& setting : loaded().effective)
    EXPECT_THAT(setting.value, Not(HasSubstr("hunter2")));
  EXPECT_EQ(effective("JWT_SECRET_KEY"), "*** (environment)");
  EXPECT_EQ(effective("REDIS_URL"), "redis://***@cache:6379/0 (environment)");
  EXPECT_EQ(effective("DATABASE_URL"), "postgresql://db/forge?*** (environment)");
}

TEST_F(SettingsTest, AFaultDoesNotShowTheSecretEither) {
  given_environment("ENV", "production");
  given_environment("JWT_SECRET_KEY", "hunter2");
  given_environment("DATABASE_URL", "mysql://root:hun?ter2@db");
  EXPECT_THAT(faults(), Not(HasSubstr("hun?")));
  EXPECT_THAT(faults(), Not(HasSubstr("ter2")));
  EXPECT_THAT(faults(), HasSubstr("JWT_SECRET_KEY='***' (environment): must be 32 random bytes"));
}

TEST_F(SettingsTest, ProductionRequiresASigningKey) {
  given_environment("ENV", "production");
  EXPECT_THAT(faults(), HasSubstr("JWT_SECRET_KEY (not set): is required in production"));
  given_production();
  EXPECT_EQ(faults(), "");
  EXPECT_TRUE(loaded().notes.empty());
}

TEST_F(SettingsTest, ProductionRequiresAMasterKey) {
  given_environment("ENV", "production");
  given_environment("JWT_SECRET_KEY", kStrongKey);
  EXPECT_THAT(faults(), HasSubstr("MASTER_KEY_FILE (not set): or MASTER_KEY is required"));
  given_environment("MASTER_KEY_FILE", "/run/secrets/master_key");
  EXPECT_EQ(faults(), "");
  given_environment("MASTER_KEY", kMasterKey);
  EXPECT_THAT(faults(), HasSubstr("cannot be set together with MASTER_KEY"));
}

TEST_F(SettingsTest, RegistrationIsClosedInProductionUnlessSaidOtherwise) {
  EXPECT_EQ(settings().accounts.registration, RegistrationPolicy::Open);
  given_production();
  EXPECT_EQ(settings().accounts.registration, RegistrationPolicy::Closed);
  given_environment("REGISTRATION", "open");
  EXPECT_EQ(settings().accounts.registration, RegistrationPolicy::Open);
}

TEST_F(SettingsTest, AnAdministratorNeedsAPassword) {
  given_environment("ADMIN_USERNAME", "root");
  EXPECT_THAT(faults(), HasSubstr("ADMIN_PASSWORD (not set): is required together"));
}

// A password alone was taken, and made no administrator.
TEST_F(SettingsTest, APasswordNeedsItsAdministrator) {
  given_environment("ADMIN_PASSWORD", "forty-two sheep on a hill");
  EXPECT_EQ(faults(), "ADMIN_USERNAME (not set): is required together with ADMIN_PASSWORD\n");
  given_environment("ADMIN_USERNAME", "root");
  EXPECT_EQ(faults(), "");
}

TEST_F(SettingsTest, ElsewhereAMissingSigningKeyIsNoted) {
  EXPECT_THAT(loaded().notes.at(0), HasSubstr("JWT_SECRET_KEY is not set"));
}

TEST_F(SettingsTest, ProductionRefusesDebug) {
  given_production();
  given_environment("DEBUG", "on");
  EXPECT_EQ(faults(), "DEBUG='on' (environment): must be false in production\n");
}

TEST_F(SettingsTest, ACertificateNeedsItsKey) {
  given_environment("TLS_CERT_FILE", "cert.pem");
  EXPECT_EQ(faults(), "TLS_KEY_FILE (not set): is required together with TLS_CERT_FILE\n");
  given_environment("TLS_KEY_FILE", "key.pem");
  EXPECT_EQ(faults(), "");
}

TEST_F(SettingsTest, ACertificateAuthorityOfRedisNeedsTls) {
  given_environment("REDIS_CA_FILE", "ca.pem");
  given_environment("REDIS_URL", "redis://cache");
  EXPECT_EQ(faults(),
            "REDIS_CA_FILE='ca.pem' (environment): is for a REDIS_URL that begins with "
            "rediss://\n");
  given_environment("REDIS_URL", "rediss://cache");
  EXPECT_EQ(faults(), "");
}

TEST_F(SettingsTest, TheConfigurationFileIsKnownBeforeItIsRead) {
  EXPECT_EQ(config_file_of(sources_), "apiforge.yaml");
  given_dotenv("CONFIG_FILE=a.yaml\nnonsense");
  EXPECT_EQ(config_file_of(sources_), "apiforge.yaml");
  given_dotenv("CONFIG_FILE=a.yaml\n");
  EXPECT_EQ(config_file_of(sources_), "a.yaml");
  given_environment("CONFIG_FILE", "b.yaml");
  EXPECT_EQ(config_file_of(sources_), "b.yaml");
}

TEST(WeakKey, IsShortSampleOrRepeated) {
  EXPECT_FALSE(is_weak_key(kStrongKey));
  EXPECT_FALSE(is_weak_key("0123456789abcdef13579bdf02468ace"));
  for (const std::string& key :
       {std::string("secret"), std::string("changeme"), kStrongKey.substr(1), std::string(64, 'x'),
        std::string("secretsecretsecretsecretsecretsecret"),
        std::string("your-secret-key-change-in-production"),
        std::string("please CHANGE_ME before going live!!"),
        std::string("abababababababababababababababababc")}) {
    EXPECT_TRUE(is_weak_key(key)) << key;
  }
}

TEST(SettingTable, ShowsEveryDefaultInAFormItTakesBack) {
  for (const auto environment :
       {Environment::Development, Environment::Staging, Environment::Production}) {
    Settings settings = default_settings(environment, 2);
    for (const SettingRow& row : setting_table()) {
      const std::string shown = row.show(settings);
      if (shown.empty()) continue;
      EXPECT_TRUE(row.set(row, shown, settings)) << row.name << "=" << shown;
      EXPECT_EQ(row.show(settings), shown) << row.name;
    }
  }
}

TEST(SettingTable, HasEachNameOnce) {
  std::map<std::string_view, int> names;
  for (const SettingRow& row : setting_table()) {
    EXPECT_EQ(++names[row.name], 1) << row.name;
    EXPECT_FALSE(allowed_values(row).empty());
  }
}

}  // namespace
}  // namespace apiforge::app
