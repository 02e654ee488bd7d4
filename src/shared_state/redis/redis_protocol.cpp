#include "shared_state/redis/redis_protocol.hpp"

#include <hiredis/hiredis.h>

#include <new>

namespace apiforge::shared_state {
namespace {

/// The place of a reply that is being read: an element of its list, or a new one that the reader
/// owns until it is whole.
RedisReply* place_of(const redisReadTask* task) {
  if (!task->parent) return new RedisReply;
  auto& items = static_cast<RedisReply*>(task->parent->obj)->items;
  return &items[static_cast<std::size_t>(task->idx)];
}

void* create_text(const redisReadTask* task, char* text, std::size_t size) {
  RedisReply* reply = place_of(task);
  reply->kind = task->type == REDIS_REPLY_ERROR    ? RedisReply::Kind::Error
                : task->type == REDIS_REPLY_STATUS ? RedisReply::Kind::Status
                                                   : RedisReply::Kind::Text;
  reply->text.assign(text, size);
  return reply;
}

void* create_list(const redisReadTask* task, int size) {
  if (size < 0 || size > RedisReader::kMaxItems) return nullptr;
  RedisReply* reply = place_of(task);
  reply->kind = RedisReply::Kind::List;
  reply->items.resize(static_cast<std::size_t>(size));
  return reply;
}

void* create_integer(const redisReadTask* task, long long value) {
  RedisReply* reply = place_of(task);
  reply->kind = RedisReply::Kind::Integer;
  reply->integer = value;
  return reply;
}

void* create_nil(const redisReadTask* task) {
  return place_of(task);
}

/// Called with what `place_of` made, never with an element.
void free_reply(void* reply) {
  delete static_cast<RedisReply*>(reply);
}

redisReplyObjectFunctions reply_functions() {
  return {create_text, create_list, create_integer, create_nil, free_reply};
}

/// hiredis keeps a pointer to the functions and never writes through it.
redisReplyObjectFunctions* functions() {
  static const redisReplyObjectFunctions kFunctions = reply_functions();
  return const_cast<redisReplyObjectFunctions*>(&kFunctions);
}

}  // namespace

bool RedisReply::is_error(std::string_view error_class) const {
  return is_error() && text.starts_with(error_class) &&
         (text.size() == error_class.size() || text[error_class.size()] == ' ');
}

void append_command(std::string& out, std::span<const std::string_view> words) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  texts.reserve(words.size());
  sizes.reserve(words.size());
  for (const std::string_view word : words) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  char* bytes = nullptr;
  const int size =
      redisFormatCommandArgv(&bytes, static_cast<int>(words.size()), texts.data(), sizes.data());
  if (size < 0) throw std::bad_alloc();  // hiredis fails for no other reason
  out.append(bytes, static_cast<std::size_t>(size));
  redisFreeCommand(bytes);
}

std::string command(std::initializer_list<std::string_view> words) {
  std::string bytes;
  append_command(bytes, {words.begin(), words.size()});
  return bytes;
}

void RedisReader::Free::operator()(redisReader* reader) const {
  redisReaderFree(reader);
}

RedisReader::RedisReader() : reader_(redisReaderCreateWithFunctions(functions())) {
  if (!reader_) throw std::bad_alloc();
}
RedisReader::RedisReader(RedisReader&&) noexcept = default;
RedisReader& RedisReader::operator=(RedisReader&&) noexcept = default;
RedisReader::~RedisReader() = default;

Result<void> RedisReader::feed(std::string_view bytes) {
  unread_ += bytes.size();
  if (unread_ > kMaxReplyBytes) {
    return fail(ErrorCode::UpstreamProtocolError, "a reply of Redis is too long");
  }
  if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK) {
    return fail(ErrorCode::UpstreamProtocolError, "a reply of Redis cannot be read",
                static_cast<const char*>(reader_->errstr));
  }
  return {};
}

Result<std::optional<RedisReply>> RedisReader::next() {
  void* whole = nullptr;
  if (redisReaderGetReply(reader_.get(), &whole) != REDIS_OK) {
    return fail(ErrorCode::UpstreamProtocolError, "a reply of Redis cannot be read",
                static_cast<const char*>(reader_->errstr));
  }
  if (!whole) return std::nullopt;
  const std::unique_ptr<RedisReply> reply(static_cast<RedisReply*>(whole));
  unread_ = reader_->len - reader_->pos;
  return std::move(*reply);
}

}  // namespace apiforge::shared_state
