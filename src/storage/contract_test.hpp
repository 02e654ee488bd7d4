// What every adapter of the store must do. Included by one test file of each, which says
//   INSTANTIATE_TEST_SUITE_P(Memory, StoreContract, ...)
#pragma once
#include "storage/contract_audit_test.hpp"
#include "storage/contract_changes_test.hpp"
#include "storage/contract_concurrency_test.hpp"
#include "storage/contract_records_test.hpp"
#include "storage/contract_usage_test.hpp"
