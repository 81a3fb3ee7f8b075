// The table of derivative rules is complete and true to the table of ops.
#include <morph/autodiff/rule.hpp>
#include <morph/graph/op.hpp>

#include <catch2/catch.hpp>

#include <algorithm>

using namespace morph;

TEST_CASE("each op has a derivative rule or a reason why it has none") {
  for (auto* row : op_table()) {
    CAPTURE(row->name);
    auto* rule = find_rule(row->name);
    REQUIRE(rule != nullptr);
    CHECK((rule->vjp != nullptr) == (rule->jvp != nullptr));
    CHECK((rule->vjp != nullptr) == rule->reason.empty());
  }
}

TEST_CASE("each derivative rule is that of an op") {
  for (auto& rule : derivative_table()) {
    CAPTURE(rule.op);
    CHECK(find_op(rule.op) != nullptr);
  }
}

TEST_CASE("no op has two rules") {
  auto table = derivative_table();
  CHECK(std::adjacent_find(table.begin(), table.end(),
                           [](auto& a, auto& b) { return a.op == b.op; })
        == table.end());
}

TEST_CASE("an unknown op has no rule") {
  CHECK(find_rule("frobnicate") == nullptr);
}
