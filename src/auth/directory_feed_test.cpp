#include "auth/directory_feed.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "auth/directory_samples.hpp"
#include "storage/memory/memory_store.hpp"

namespace apiforge::auth {
namespace {

using namespace std::chrono_literals;

// Fails when it is told to; else it is the store behind it.
class FlakyStore final : public storage::Store {
 public:
  explicit FlakyStore(storage::Store& store) : store_(store) {}
  Result<std::unique_ptr<storage::Transaction>> begin(storage::Scope scope,
                                                      storage::Mode mode) override {
    if (fails) return fail(ErrorCode::StorageUnavailable, "no database");
    return store_.begin(std::move(scope), mode);
  }
  storage::StoreHealth health() override { return store_.health(); }
  bool fails = false;

 private:
  storage::Store& store_;
};

class DirectoryFeedTest : public testing::Test {
 protected:
  template <class Value>
  void store(const Value& value) {
    write([&](storage::Transaction& transaction) {
      storage::Record record = storage::to_record(value);
      const auto before = transaction.find(record.kind, record.id);
      ASSERT_TRUE(before);
      if (!*before) {
        ASSERT_TRUE(transaction.insert(record));
        return;
      }
      record.revision = (*before)->revision;
      record.created_at = (*before)->created_at;
      ASSERT_TRUE(transaction.update(record));
    });
  }

  void erase(storage::Kind kind, const std::string& id) {
    write([&](storage::Transaction& transaction) {
      const auto record = transaction.find(kind, id);
      ASSERT_TRUE(record && *record);
      ASSERT_TRUE(transaction.remove(kind, id, (*record)->revision));
    });
  }

  template <class Action>
  void write(Action action) {
    auto transaction = memory_.begin(storage::Scope::platform(), storage::Mode::Write);
    ASSERT_TRUE(transaction);
    action(**transaction);
    ASSERT_TRUE((*transaction)->commit());
  }

  const Directory& caught_up() {
    EXPECT_TRUE(feed_.catch_up());
    return *published_;
  }

  SimulatedClock clock_;
  storage::MemoryStore memory_{clock_};
  FlakyStore store_{memory_};
  std::shared_ptr<const Directory> published_ = std::make_shared<const Directory>();
  int publications_ = 0;
  DirectoryFeed feed_{store_, clock_, 1h, [this](std::shared_ptr<const Directory> directory) {
                        published_ = std::move(directory);
                        ++publications_;
                      }};
};

TEST_F(DirectoryFeedTest, brings_each_kind_of_change) {
  store(sample_tenant("t1"));
  store(sample_user("u1", "t1", {"auditor"}));
  store(model::Role{{"t1"}, "auditor", "", {model::Permission::AuditRead}});
  store(sample_key("k1", "t1", "u1"));
  model::Session session = sample_session("s1", "t1", "u1");
  store(session);
  EXPECT_FALSE(caught_up().is_revoked({"s1"}));
  session.revoked_at = clock_.wall();
  store(session);

  const Directory& directory = caught_up();
  EXPECT_TRUE(directory.is_revoked({"s1"}));
  EXPECT_TRUE(directory.find_tenant({"t1"}));
  EXPECT_TRUE(directory.find_by_digest(sample_digest("k1")));
  EXPECT_EQ(directory.permissions_of({"t1"}, directory.find_user({"u1"})->roles),
            model::PermissionSet({model::Permission::AuditRead}));
  EXPECT_EQ(feed_.current(), published_);
}

TEST_F(DirectoryFeedTest, brings_removals) {
  store(sample_tenant("t1"));
  store(sample_key("k1", "t1", "u1"));
  store(sample_session("s1", "t1", "u1"));
  caught_up();
  erase(storage::Kind::ApiKey, "k1");
  erase(storage::Kind::Session, "s1");
  const Directory& directory = caught_up();
  EXPECT_FALSE(directory.find_by_digest(sample_digest("k1")));
  EXPECT_TRUE(directory.is_revoked({"s1"})) << "the tokens of a removed session are void";
}

TEST_F(DirectoryFeedTest, publishes_only_what_changes_something) {
  store(sample_tenant("t1"));
  caught_up();
  caught_up();
  EXPECT_EQ(publications_, 1);
  model::Invitation invitation;
  invitation.id = {"i1"};
  invitation.tenant = {"t1"};
  invitation.digest = "d";
  store(invitation);
  caught_up();
  EXPECT_EQ(publications_, 1);
}

TEST_F(DirectoryFeedTest, keeps_the_old_while_the_store_fails) {
  store(sample_tenant("t1"));
  caught_up();
  store(sample_tenant("t2"));
  store_.fails = true;
  const auto failed = feed_.catch_up();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::StorageUnavailable);
  EXPECT_TRUE(published_->find_tenant({"t1"}));
  EXPECT_EQ(publications_, 1);
  store_.fails = false;
  EXPECT_TRUE(caught_up().find_tenant({"t2"}));
}

TEST_F(DirectoryFeedTest, takes_what_it_cannot_read_for_removed_and_says_so_once) {
  store(sample_key("k1", "t1", "u1"));
  caught_up();
  write([](storage::Transaction& transaction) {
    storage::Record record = **transaction.find(storage::Kind::ApiKey, "k1");
    record.body = "{}";
    ASSERT_TRUE(transaction.update(record));
  });
  store(sample_tenant("t1"));
  const auto result = feed_.catch_up();
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().context.find("k1"), std::string::npos);
  EXPECT_FALSE(published_->find_key({"k1"}));
  EXPECT_TRUE(published_->find_tenant({"t1"}));
  EXPECT_TRUE(feed_.catch_up());
}

// Whatever happens to keys, users and roles: what is published equals what is stored.
TEST_F(DirectoryFeedTest, is_equal_to_the_store_after_any_changes) {
  constexpr unsigned kUsers = 5;
  constexpr unsigned kKeys = 40;
  std::mt19937 random(7);
  std::map<std::string, model::ApiKey> keys;
  std::map<std::string, model::User> users;
  int secrets = 0;
  for (int round = 0; round < 150; ++round) {
    for (unsigned change = random() % 6; change > 0; --change) {
      const std::string user = "u" + std::to_string(random() % kUsers);
      const std::string key = "k" + std::to_string(random() % kKeys);
      if (random() % 4 == 0) {
        users[user] = sample_user(user, "t", {random() % 2 == 0 ? "viewer" : "operator"});
        users[user].disabled = random() % 3 == 0;
        store(users[user]);
      } else if (random() % 4 == 0 && keys.contains(key)) {
        erase(storage::Kind::ApiKey, key);
        keys.erase(key);
      } else {
        const std::string secret = "secret" + std::to_string(++secrets);
        model::ApiKey next = sample_key(key, "t", user, secret);
        if (keys.contains(key)) next.secrets.push_back(keys[key].secrets.front());
        store(next);
        keys[key] = next;
      }
    }
    const Directory& directory = caught_up();
    ASSERT_EQ(directory.key_count(), keys.size());
    for (const auto& [id, user] : users) {
      ASSERT_EQ(directory.find_user({id})->roles, user.roles);
      ASSERT_EQ(directory.find_user({id})->disabled, user.disabled);
    }
    std::map<std::string, std::string> opens;
    for (const auto& [id, key] : keys) {
      for (const auto& secret : key.secrets) opens[secret.digest] = id;
    }
    for (int i = 1; i <= secrets; ++i) {
      const std::string secret = "secret" + std::to_string(i);
      const auto expected = opens.find(sample_digest_text(secret));
      const auto found = directory.find_by_digest(sample_digest(secret));
      ASSERT_EQ(found.has_value(), expected != opens.end()) << secret;
      if (found) {
        ASSERT_EQ(found->key->id.value, expected->second);
      }
    }
  }
}

}  // namespace
}  // namespace apiforge::auth
