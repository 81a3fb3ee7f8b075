#include <morph/graph/error.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

namespace morph {

namespace {

constexpr std::array table{
  errc_info{errc::none, "none", "no error", ""},
  errc_info{errc::unknown_op, "unknown_op", "the op table has no such op",
            "check the spelling; the message names the nearest op"},
  errc_info{errc::cycle, "cycle", "an edge leads back to an earlier node",
            "a graph is acyclic: feed the value back through a parameter or "
            "the next step"},
  errc_info{errc::missing_input, "missing_input",
            "a step lacks the value of an input",
            "feed every input that the requested outputs depend on"},
  errc_info{errc::duplicate_name, "duplicate_name",
            "two nodes were given one name", "choose another name"},
  errc_info{errc::dtype_mismatch, "dtype_mismatch",
            "element types do not fit together",
            "convert one side with cast(x, dtype)"},
  errc_info{errc::type_mismatch, "type_mismatch",
            "a value is of another C++ type than the port",
            "pass a value of the declared type"},
  errc_info{errc::shape_mismatch, "shape_mismatch",
            "shapes do not fit together",
            "compare the shapes in the message; reshape, transpose or "
            "broadcast one side"},
  errc_info{errc::invalid_attribute, "invalid_attribute",
            "an attribute is missing or out of range",
            "see docs/ops.md for what the op accepts"},
  errc_info{errc::unknown_name, "unknown_name",
            "no node or output has this name",
            "check the spelling; the message names the nearest one"},
  errc_info{errc::foreign_expression, "foreign_expression",
            "an expression of another graph was used",
            "build both sides with the same graph"},
  errc_info{errc::wrong_arity, "wrong_arity",
            "an op or node got the wrong number of inputs or outputs",
            "see docs/ops.md, or the signature of 'forward'"},
  errc_info{errc::syntax_error, "syntax_error",
            "the text form of a graph is malformed",
            "the message names line and column"},
  errc_info{errc::non_scalar_loss, "non_scalar_loss",
            "a gradient of a value with more than one element was asked for",
            "reduce it with sum() or mean(), or pass a seed"},
  errc_info{errc::seed_mismatch, "seed_mismatch",
            "a seed has another element type or shape than its output",
            "give the seed the type and shape of the output"},
  errc_info{errc::not_differentiable, "not_differentiable",
            "a gradient through a value without one was asked for",
            "integers and booleans have no gradient; a user node needs "
            "'backward'"},
  errc_info{errc::bad_derivative_rule, "bad_derivative_rule",
            "a derivative rule returned the wrong number or shape of "
            "cotangents",
            "return one cotangent per input, shaped like it, or none"},
  errc_info{errc::non_finite_gradient, "non_finite_gradient",
            "a watched gradient holds NaN or infinity",
            "the step was dropped and no parameter changed; lower the "
            "learning rate or clip gradients"},
  errc_info{errc::gradient_check_failed, "gradient_check_failed",
            "a derivative differs from finite differences",
            "the message shows the smallest failing case"},
  errc_info{errc::index_out_of_range, "index_out_of_range",
            "an index lies outside the indexed axis",
            "indices run from 0 to the extent minus 1"},
  errc_info{errc::not_positive_definite, "not_positive_definite",
            "cholesky met a matrix that is not positive definite",
            "add a multiple of the identity, or check the input"},
  errc_info{errc::singular_matrix, "singular_matrix",
            "a linear system is singular", "check the input for rank"},
  errc_info{errc::allocation_too_large, "allocation_too_large",
            "a value would not fit in memory", "use smaller shapes"},
  errc_info{errc::cannot_open, "cannot_open", "a file cannot be opened",
            "check the path and its permissions"},
  errc_info{errc::truncated_file, "truncated_file",
            "a file or stream ends before its content does",
            "fetch or write the file again"},
  errc_info{errc::malformed_file, "malformed_file",
            "a file does not follow its format",
            "the message names the place in the file"},
  errc_info{errc::unsupported_format, "unsupported_format",
            "a file uses a part of its format that is not supported",
            "convert the file; see docs/data.md"},
  errc_info{errc::write_failed, "write_failed", "a file cannot be written",
            "check free space and permissions; the old file is kept"},
  errc_info{errc::read_failed, "read_failed",
            "an open file or connection cannot be read",
            "the message has the system's reason"},
  errc_info{errc::node_failed, "node_failed", "a node's code failed",
            "only this step failed; the session goes on"},
  errc_info{errc::cancelled, "cancelled", "a step or a branch was cancelled",
            "run it again if its result is needed"},
  errc_info{errc::unknown_node_type, "unknown_node_type",
            "a host does not know this type of user node",
            "register the type there with register_node<T>(), load it with "
            "--plugin, or let the node run in the driver"},
  errc_info{errc::budget_exceeded, "budget_exceeded",
            "forward values do not fit the byte budget even with recomputing",
            "raise the budget to at least the number in the message"},
  errc_info{errc::session_closed, "session_closed",
            "the session has been closed", "make a new session"},
  errc_info{errc::unknown_host, "unknown_host", "a hint names no known host",
            "the message lists the hosts"},
  errc_info{errc::infeasible_plan, "infeasible_plan", "no host can run a node",
            "relax pins, or start a host that knows the node type"},
  errc_info{errc::not_serialisable, "not_serialisable",
            "a value or node cannot cross hosts",
            "give its type an 'inspect', or keep it local"},
  errc_info{errc::deadline_exceeded, "deadline_exceeded",
            "a branch was not done by its deadline",
            "allow it more time, or give it less to do"},
  errc_info{errc::stalled, "stalled",
            "nothing can go on, and something is not done",
            "the message lists what is pending and what it waits for"},
  errc_info{errc::needs_concurrency, "needs_concurrency",
            "a branch needs another to run at the same time, which this "
            "runtime cannot do",
            "run the program on threads"},
  errc_info{errc::too_many_branches, "too_many_branches",
            "more branches exist at a time than are allowed",
            "let a recursion end, wait for room in the scope, or raise the "
            "bound"},
  errc_info{errc::circular_wait, "circular_wait",
            "branches wait for each other in a circle",
            "the message names them; pass values on instead of handles"},
  errc_info{errc::no_result, "no_result",
            "a handle has no branch, or its result was taken before",
            "await a handle once as an rvalue, or as an lvalue each time"},
  errc_info{errc::dangling_borrow, "dangling_borrow",
            "a branch borrows what does not outlive it",
            "borrow what lives outside of with_scope, or pass it by value"},
  errc_info{errc::host_unreachable, "host_unreachable",
            "a host does not answer",
            "check that 'morph host' runs there and the address is right"},
  errc_info{errc::authentication_failed, "authentication_failed",
            "the shared key is wrong", "use the same --key-file everywhere"},
  errc_info{errc::port_in_use, "port_in_use",
            "the port is taken by another process",
            "choose another port, or 0 for any free one"},
  errc_info{errc::host_lost, "host_lost", "a host died or froze",
            "the last good parameters are kept; restart the host or go on "
            "without it"},
  errc_info{errc::protocol_violation, "protocol_violation",
            "a peer sent what the protocol does not allow",
            "check that all hosts run the same version"},
  errc_info{errc::timed_out, "timed_out", "no answer came in time",
            "raise the timeout, or see what the host is busy with"},
  errc_info{errc::frame_too_large, "frame_too_large",
            "a message exceeds the limit of the wire format",
            "see docs/wire_format.md for the limits"},
  errc_info{errc::insecure_address, "insecure_address",
            "listening beyond loopback needs mutual TLS",
            "configure certificates, or listen on 127.0.0.1"},
  errc_info{errc::stale_pointer, "stale_pointer",
            "a remote pointer's value is gone",
            "keep a reference while the value is needed"},
  errc_info{errc::connection_lost, "connection_lost",
            "the other side of a connection is gone",
            "connect again; what was sent last may not have arrived"},
};

} // namespace

std::span<const errc_info> errc_table() noexcept {
  return table;
}

const errc_info& describe(errc code) noexcept {
  auto i = std::find_if(table.begin(), table.end(),
                        [code](auto& row) { return row.code == code; });
  return i != table.end() ? *i : table.front();
}

std::string to_string(errc code) {
  char buffer[16];
  std::snprintf(buffer, sizeof(buffer), "MM%04u", static_cast<unsigned>(code));
  return buffer;
}

std::string to_string(const place& x) {
  if (x.file.empty() || x.line == 0)
    return {};
  auto slash = x.file.find_last_of('/');
  auto base = slash == std::string::npos ? x.file : x.file.substr(slash + 1);
  return base + ":" + std::to_string(x.line);
}

error& error::at(std::string_view node_name, place p) {
  if (node.empty()) {
    node = node_name;
    where = std::move(p);
  }
  return *this;
}

error& error::remedy(std::string text) {
  fix = std::move(text);
  return *this;
}

std::string to_string(const error& x) {
  auto out = to_string(x.code);
  if (!x.node.empty())
    out += " '" + x.node + "'";
  if (auto p = to_string(x.where); !p.empty())
    out += " (" + p + ")";
  out += ": " + x.message;
  auto fix = x.fix.empty() ? std::string{describe(x.code).remedy} : x.fix;
  if (!fix.empty())
    out += "\n       fix: " + fix;
  return out;
}

failure::failure(error x) {
  auto text = to_string(x);
  content_
    = std::make_shared<const content>(content{std::move(x), std::move(text)});
}

} // namespace morph
