// Operation: one line of the table of what the control API can do. Values; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "admin/control_request.hpp"
#include "base/refused.hpp"
#include "model/permission.hpp"

namespace apiforge::admin {

struct OperationCall;

/// The function that answers an operation. Those whose use cases judge the body as a whole tell its
/// faults.
class Handler {
 public:
  using Plain = Result<ControlReply> (*)(const OperationCall& call);
  using WithFaults = Checked<ControlReply> (*)(const OperationCall& call);
  constexpr Handler(Plain function) : plain_(function) {}
  constexpr Handler(WithFaults function) : with_faults_(function) {}
  Checked<ControlReply> operator()(const OperationCall& call) const {
    return plain_ != nullptr ? Checked<ControlReply>(plain_(call)) : with_faults_(call);
  }

 private:
  Plain plain_ = nullptr;
  WithFaults with_faults_ = nullptr;
};

/// Who may ask at all. Use cases decide further: about which resources, and with which values.
struct Access {
  bool anonymous = false;
  std::optional<model::Permission> permission;  ///< of a caller who must be known
};
inline constexpr Access kAnyone{true, {}};
inline constexpr Access kCaller{false, {}};
constexpr Access needs(model::Permission permission) {
  return {false, permission};
}

/// What a call leaves behind. After a change it is in force on the workers before the reply is
/// sent.
enum class Effect : std::uint8_t {
  None,         ///< nothing that workers know of
  Change,       ///< when it succeeds
  Create,       ///< the same, and `Idempotency-Key` is honoured
  AlwaysChange  ///< also when it is refused: reuse of a refresh token ends its session
};

struct Operation {
  net::Method method;
  std::string_view path;  ///< canonical; `{...}` stands for one segment, the id
  std::string_view id;    ///< operationId in api/openapi.yaml
  Access access;
  Effect effect;
  Handler handler;
};

/// All operations of the control API.
std::span<const Operation> operations();

}  // namespace apiforge::admin
