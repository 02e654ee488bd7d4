// Operations on alerts and their rules: /api/v1/quota/alerts. See operations.cpp.
#pragma once
#include "admin/operation.hpp"

namespace apiforge::admin {

Result<ControlReply> list_alerts(const OperationCall& call);
Result<ControlReply> list_alert_rules(const OperationCall& call);
Checked<ControlReply> create_alert_rule(const OperationCall& call);
Result<ControlReply> get_alert_rule(const OperationCall& call);
Checked<ControlReply> replace_alert_rule(const OperationCall& call);
Result<ControlReply> delete_alert_rule(const OperationCall& call);
Checked<ControlReply> silence_alert_rule(const OperationCall& call);

}  // namespace apiforge::admin
