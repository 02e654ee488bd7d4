#include "gateway/cache/kept_reply.hpp"

#include "base/text.hpp"

namespace apiforge::gateway::cache {
namespace {

// What a reply, its control block and its place in the store take beside its texts.
constexpr std::size_t kOverhead = 256;

// Compares the elements of all lines of a field with a joined text, without building one.
class JoinedComparison {
 public:
  explicit JoinedComparison(std::string_view expected) : rest_(expected) {}

  void add(std::string_view element) {
    if (!first_) take(",");
    first_ = false;
    take(element);
  }
  bool is_equal() const { return equal_ && rest_.empty(); }

 private:
  void take(std::string_view text) {
    equal_ = equal_ && rest_.starts_with(text);
    if (equal_) rest_.remove_prefix(text.size());
  }

  std::string_view rest_;
  bool first_ = true;
  bool equal_ = true;
};

template <class Visit>
bool for_each_value(std::string_view name, std::span<const net::Field> request, Visit visit) {
  bool present = false;
  for (const net::Field& field : request) {
    if (field.name.size() != name.size() || !equals_ignoring_case(field.name, name)) continue;
    present = true;
    for_each_element(field.value, visit);
  }
  return present;
}

bool matches(const SelectingField& field, std::span<const net::Field> request) {
  JoinedComparison comparison(field.value);
  const bool present = for_each_value(
      field.name, request, [&comparison](std::string_view element) { comparison.add(element); });
  return present == field.present && comparison.is_equal();
}

}  // namespace

std::size_t KeptReply::bytes() const {
  std::size_t sum = sizeof(KeptReply) + kOverhead + reply.body.capacity();
  for (const OwnedField& field : reply.fields) {
    sum += sizeof(field) + field.name.capacity() + field.value.capacity();
  }
  for (const SelectingField& field : selecting) {
    sum += sizeof(field) + field.name.capacity() + field.value.capacity();
  }
  return sum + validators.etag.capacity() + validators.last_modified.capacity();
}

SelectingField selecting_field(std::string_view name, std::span<const net::Field> request) {
  SelectingField result;
  result.name = lower_case(name);
  bool first = true;
  result.present = for_each_value(name, request, [&](std::string_view element) {
    if (!first) result.value += ',';
    first = false;
    result.value.append(element);
  });
  return result;
}

bool is_selected(const KeptReply& reply, std::span<const net::Field> request) {
  for (const SelectingField& field : reply.selecting) {
    if (!matches(field, request)) return false;
  }
  return true;
}

void append_selecting_values(const KeptReply& reply, std::span<const net::Field> request,
                             std::string& out) {
  for (const SelectingField& field : reply.selecting) {
    const SelectingField own = selecting_field(field.name, request);
    out.append(own.present ? "\n+" : "\n-").append(own.name).append(":").append(own.value);
  }
}

}  // namespace apiforge::gateway::cache
