#include "storage/sql/detail/statement.hpp"

namespace apiforge::storage::detail {

Statement::Statement(soci::session& session, const Query& query, Inputs inputs)
    : inputs_(inputs.size()), outputs_(query.columns.size()), statement_(session) {
  assign(inputs);
  statement_.alloc();
  for (std::size_t i = 0; i < query.columns.size(); ++i) {
    if (query.columns[i] == 't') {
      statement_.exchange(soci::into(outputs_[i].emplace<std::string>()));
    } else {
      statement_.exchange(soci::into(outputs_[i].emplace<long long>()));
    }
  }
  std::size_t next = 0;
  for (const Input& input : inputs) {
    Variable& variable = inputs_[next++];
    const std::string name(input.name);
    if (auto* text = std::get_if<std::string>(&variable)) {
      statement_.exchange(soci::use(*text, name));
    } else {
      statement_.exchange(soci::use(std::get<long long>(variable), name));
    }
  }
  statement_.prepare(std::string(query.sql));
  statement_.define_and_bind();
}

void Statement::assign(Inputs inputs) {
  std::size_t next = 0;
  for (const Input& input : inputs) {
    Variable& variable = inputs_[next++];
    if (const auto* text = std::get_if<std::string_view>(&input.value)) {
      // Assigned, not replaced, when it is text already: the address must stay.
      if (auto* bound = std::get_if<std::string>(&variable)) {
        *bound = *text;
      } else {
        variable.emplace<std::string>(*text);
      }
    } else {
      variable = static_cast<long long>(std::get<std::int64_t>(input.value));
    }
  }
}

bool Statement::execute(Inputs inputs) {
  assign(inputs);
  return statement_.execute(true);
}

bool Statement::fetch() {
  return statement_.fetch();
}

}  // namespace apiforge::storage::detail
