#include "auth/directory.hpp"

#include <gtest/gtest.h>

#include "auth/directory_samples.hpp"

namespace apiforge::auth {
namespace {

using namespace std::chrono_literals;
using enum model::Permission;

constexpr WallTime kDirectoryNow{std::chrono::seconds(1'800'000'000)};

class DirectoryTest : public testing::Test {
 protected:
  void change(const DirectoryChanges& changes, WallTime now = kDirectoryNow) {
    directory_ = directory_->with(changes, now);
  }
  void given_key(const model::ApiKey& key) { change({.keys = {{key}}}); }

  std::shared_ptr<const Directory> directory_ = std::make_shared<const Directory>(1h);
};

TEST_F(DirectoryTest, finds_what_was_put_in) {
  change({.tenants = {{sample_tenant("t1")}}, .users = {{sample_user("u1", "t1")}}});
  given_key(sample_key("k1", "t1", "u1"));
  ASSERT_TRUE(directory_->find_tenant({"t1"}));
  ASSERT_TRUE(directory_->find_user({"u1"}));
  EXPECT_EQ(directory_->find_user({"u1"})->username, "name of u1");
  const auto found = directory_->find_by_digest(sample_digest("k1"));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->key->id.value, "k1");
  EXPECT_EQ(found->until, WallTime::max());
  EXPECT_FALSE(directory_->find_by_digest(sample_digest("k2")));
  EXPECT_FALSE(directory_->find_tenant({"t2"}));
}

TEST_F(DirectoryTest, keys_of_a_user_share_their_owner) {
  change({.users = {{sample_user("u1", "t1")}},
          .keys = {{sample_key("k1", "t1", "u1")}, {sample_key("k2", "t1", "u1")}}});
  EXPECT_EQ(directory_->find_key({"k1"})->owner, directory_->find_key({"k2"})->owner);
  EXPECT_EQ(directory_->find_key({"k1"})->conditions, nullptr);
}

TEST_F(DirectoryTest, both_secrets_of_a_rotated_key_open_it_each_for_its_time) {
  model::ApiKey key = sample_key("k1", "t1", "u1");
  given_key(key);
  key.secrets.insert(key.secrets.begin(), {sample_digest_text("new"), "4321", std::nullopt});
  key.secrets[1].until = kDirectoryNow + 1h;
  key.expires_at = kDirectoryNow + 24h;
  given_key(key);
  EXPECT_EQ(directory_->find_by_digest(sample_digest("new"))->until, kDirectoryNow + 24h);
  EXPECT_EQ(directory_->find_by_digest(sample_digest("k1"))->until, kDirectoryNow + 1h);

  key.secrets.pop_back();
  given_key(key);
  EXPECT_TRUE(directory_->find_by_digest(sample_digest("new")));
  EXPECT_FALSE(directory_->find_by_digest(sample_digest("k1")));
  EXPECT_EQ(directory_->key_count(), 1u);
}

TEST_F(DirectoryTest, a_removed_key_is_gone_with_all_its_secrets) {
  model::ApiKey key = sample_key("k1", "t1", "u1");
  key.secrets.push_back({sample_digest_text("old"), "1111", kDirectoryNow + 1h});
  given_key(key);
  const auto before = directory_;
  change({.keys = {{key, true}}});
  EXPECT_FALSE(directory_->find_by_digest(sample_digest("k1")));
  EXPECT_FALSE(directory_->find_by_digest(sample_digest("old")));
  EXPECT_EQ(directory_->key_count(), 0u);
  EXPECT_TRUE(before->find_by_digest(sample_digest("old")))
      << "the version of before is not touched";
}

TEST_F(DirectoryTest, only_a_star_opens_all_apis) {
  model::ApiKey key = sample_key("k1", "t1", "u1");
  key.apis = {};
  given_key(key);
  EXPECT_FALSE(directory_->find_key({"k1"})->conditions->restrictions->all_apis);
}

TEST_F(DirectoryTest, roles_add_up_and_belong_to_their_tenant) {
  change({.roles = {sample_role("t1", "auditor", {AuditRead}),
                    sample_role("t2", "writer", {GatewayWrite})}});
  const std::vector<std::string> roles{"viewer", "auditor", "writer", "nobody"};
  EXPECT_EQ(directory_->permissions_of({"t1"}, roles),
            model::PermissionSet({GatewayRead, QuotaRead, AuditRead}));
  change({.roles = {sample_role("t1", "auditor", {}, true)}});
  EXPECT_EQ(directory_->permissions_of({"t1"}, roles),
            model::PermissionSet({GatewayRead, QuotaRead}));
}

TEST_F(DirectoryTest, a_built_in_role_cannot_be_redefined) {
  change({.roles = {sample_role("t1", "viewer", model::PermissionSet::all())}});
  EXPECT_FALSE(
      directory_->permissions_of({"t1"}, std::vector<std::string>{"viewer"}).has(PlatformManage));
}

TEST_F(DirectoryTest, a_revoked_session_is_remembered_as_long_as_its_tokens_live) {
  change({.revoked_sessions = {{"s1"}}});
  EXPECT_TRUE(directory_->is_revoked({"s1"}));
  EXPECT_FALSE(directory_->is_revoked({"s2"}));
  // Changes start new periods; the first after an hour and one second...
  change({.revoked_sessions = {{"s2"}}}, kDirectoryNow + 1h + 1s);
  EXPECT_TRUE(directory_->is_revoked({"s1"}));
  change({.revoked_sessions = {{"s3"}}}, kDirectoryNow + 2h);
  EXPECT_TRUE(directory_->is_revoked({"s1"}));
  change({.revoked_sessions = {{"s4"}}}, kDirectoryNow + 2h + 2s);
  EXPECT_FALSE(directory_->is_revoked({"s1"})) << "and then its memory is given back";
  EXPECT_TRUE(directory_->is_revoked({"s2"}));
}

TEST_F(DirectoryTest, each_version_has_a_number_of_its_own) {
  const auto first = directory_->generation();
  change({});
  EXPECT_GT(directory_->generation(), first);
  EXPECT_GT(directory_->emptied()->generation(), directory_->generation());
}

}  // namespace
}  // namespace apiforge::auth
