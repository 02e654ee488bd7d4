#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "auth/token_workshop.hpp"

namespace apiforge::auth {
namespace {

using namespace test;

TEST(AccessToken, IsSignedAndVerifiedByManyThreadsWithTheSameObjects) {
  for (const auto algorithm : kEveryAlgorithm) {
    const SigningKeySet keys{{key_named_after(algorithm)}};
    const auto issuer = TokenIssuer::make(keys, {}).value();
    const auto verifier = TokenVerifier::make(keys, {}).value();
    const auto shared = issuer.issue(good_claims()).value();
    std::atomic<int> accepted = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int round = 0; round < 20; ++round) {
          const auto own = issuer.issue(good_claims()).value();
          accepted += verifier.verify(own.reveal(), kNow).has_value() ? 1 : 0;
          accepted += verifier.verify(shared.reveal(), kNow).has_value() ? 1 : 0;
          accepted += verifier.verify(std::string(own.reveal()) + "A", kNow).has_value() ? 1 : 0;
        }
      });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(accepted, 4 * 20 * 2) << name_of(algorithm);
  }
}

}  // namespace
}  // namespace apiforge::auth
