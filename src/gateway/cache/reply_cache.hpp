// ReplyCache: the replies that one worker keeps, bounded in bytes. One thread.
//
// What has to go is chosen by SIEVE (Zhang et al., NSDI 2024): entries stand in the order in which
// they came, a hit only sets a bit, and a hand goes from the oldest to the newest and takes the
// first whose bit is not set. So a scan of things asked for once does not push out what is asked
// for often, and a hit writes one byte.
#pragma once
#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "gateway/cache/kept_reply.hpp"

namespace apiforge::gateway::cache {

/// The name of what is kept, with its hash; the same hash on all workers of a process.
struct CacheKey {
  std::string_view text;
  std::uint64_t hash = 0;
};

/// For which Api replies are kept: they go when it does. `id` is never used twice in a process.
struct CacheOwner {
  std::uint64_t id = 0;
  std::weak_ptr<const void> alive;
};

class ReplyCache {
 public:
  /// So many replies of one key are kept beside each other, told apart by `Vary`.
  static constexpr std::size_t kMaxVariants = 32;

  explicit ReplyCache(std::size_t max_bytes);
  ~ReplyCache();
  ReplyCache(const ReplyCache&) = delete;
  ReplyCache& operator=(const ReplyCache&) = delete;

  /// The replies kept under the key, the oldest first; none when there are none. Valid until the
  /// next change. Allocates nothing.
  std::span<const KeptPtr> find(CacheKey key);
  /// Keeps a reply in the place of those that answer the same requests. What is larger than a
  /// quarter of all room is not taken: false.
  bool put(CacheKey key, const CacheOwner& owner, KeptPtr reply);
  /// Forgets all replies of a key.
  void erase(CacheKey key);
  /// Looks at up to `owners` Apis, further on at each call, and drops what belongs to those that
  /// are gone.
  void sweep(std::size_t owners);

  std::size_t bytes() const { return bytes_; }
  std::size_t entries() const { return table_.size(); }
  std::uint64_t evictions() const { return evictions_; }

 private:
  using Hook = boost::intrusive::list_member_hook<
      boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
  struct Group;
  struct Entry {
    std::string key;
    std::uint64_t hash = 0;
    std::vector<KeptPtr> variants;
    std::size_t bytes = 0;
    bool used = false;
    Group* group = nullptr;
    Hook by_age;
    Hook of_group;
  };
  template <Hook Entry::* Member>
  using List = boost::intrusive::list<Entry, boost::intrusive::member_hook<Entry, Hook, Member>,
                                      boost::intrusive::constant_time_size<false>>;
  /// All entries of one Api.
  struct Group {
    std::uint64_t id = 0;
    std::weak_ptr<const void> alive;
    List<&Entry::of_group> entries;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const CacheKey& key) const { return key.hash; }
    std::size_t operator()(const std::unique_ptr<Entry>& entry) const { return entry->hash; }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const CacheKey& a, const std::unique_ptr<Entry>& b) const {
      return a.hash == b->hash && a.text == b->key;
    }
    bool operator()(const std::unique_ptr<Entry>& a, const CacheKey& b) const {
      return (*this)(b, a);
    }
    bool operator()(const std::unique_ptr<Entry>& a, const std::unique_ptr<Entry>& b) const {
      return a->hash == b->hash && a->key == b->key;
    }
  };

  Entry& entry_for(CacheKey key, const CacheOwner& owner);
  void measure(Entry& entry);
  void remove(Entry& entry);
  void make_room();
  Entry& next_victim();

  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::uint64_t evictions_ = 0;
  std::uint64_t next_swept_ = 0;           // id of the Api to look at next
  std::map<std::uint64_t, Group> groups_;  // outlives the entries in it
  std::unordered_set<std::unique_ptr<Entry>, Hash, Equal> table_;
  List<&Entry::by_age> by_age_;  // newest first
  Entry* hand_ = nullptr;        // where the next search for a victim begins; null: at the oldest
};

}  // namespace apiforge::gateway::cache
