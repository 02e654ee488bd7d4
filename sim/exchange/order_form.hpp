// OrderForm: the parameters of POST /api/v3/order, read and checked for form (not for the rules of
// a symbol). Pure.
#pragma once
#include "sim/exchange/order.hpp"
#include "sim/exchange/refusal.hpp"
#include "sim/parameters.hpp"

namespace apiforge::sim::exchange {

enum class ResponseType { Ack, Result, Full };

struct OrderForm {
  NewOrder order;
  ResponseType response_type = ResponseType::Full;
};

/// Refuses with -1102 (missing), -1100 (illegal characters), -1106 (not wanted), -1111 (precision),
/// -1115 to -1117 (time in force, type, side).
Outcome<OrderForm> read_order_form(const Parameters& parameters);

}  // namespace apiforge::sim::exchange
