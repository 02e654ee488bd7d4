// Statement: one prepared statement of a connection, with the variables that SOCI binds it to. It
// is prepared once and run many times. One thread at a time; owned by its connection.
#pragma once
#include <soci/soci.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace apiforge::storage::detail {

/// An SQL text with `:name` for inputs. `columns` has a letter for each column that it returns: `t`
/// for text, `n` for a whole number.
struct Query {
  std::string_view sql;
  std::string_view columns = {};
};

/// A value for `:name`. Nothing is ever null.
struct Input {
  std::string_view name;
  std::variant<std::int64_t, std::string_view> value;
};
using Inputs = std::initializer_list<Input>;

class Statement {
 public:
  /// Throws what SOCI throws, as do the functions below; Connection turns it into an Error. Each
  /// later run must give inputs of the same names and types in the same order.
  Statement(soci::session& session, const Query& query, Inputs inputs);
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  /// Whether there is a first row.
  bool execute(Inputs inputs);
  /// Whether there is another row. After `false` the statement is at rest.
  bool fetch();

  /// Of the row that is there; valid until the next one. The text may be moved from.
  std::string& text(std::size_t column) { return std::get<std::string>(outputs_[column]); }
  std::int64_t number(std::size_t column) const { return std::get<long long>(outputs_[column]); }

 private:
  // The types that SOCI exchanges. Both vectors keep their size, since it holds their addresses.
  using Variable = std::variant<long long, std::string>;
  void assign(Inputs inputs);

  std::vector<Variable> inputs_;
  std::vector<Variable> outputs_;
  soci::statement statement_;
};

}  // namespace apiforge::storage::detail
