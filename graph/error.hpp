// Errors are values. Every failure that a user can meet has a code (`MM0107`),
// a sentence, the place in user code that it is about, and a remedy. Inside
// the library errors travel as `result<T>`; at the edge of the API, where a
// builder call cannot return one, they are thrown as `failure`. docs/errors.md
// lists all codes and a test keeps that list complete.
//
// Thread-safety: plain values.
#pragma once

#include <tl/expected.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <source_location>
#include <span>
#include <string>
#include <string_view>

namespace morph {

/// Codes are stable: they appear in logs, JSON and documentation.
enum class errc : uint16_t {
  none = 0,
  // Building graphs.
  unknown_op = 101,
  cycle = 102,
  missing_input = 103,
  duplicate_name = 104,
  dtype_mismatch = 105,
  type_mismatch = 106,
  shape_mismatch = 107,
  invalid_attribute = 108,
  unknown_name = 109,
  foreign_expression = 110,
  wrong_arity = 111,
  syntax_error = 112,
  // Differentiation.
  non_scalar_loss = 201,
  seed_mismatch = 202,
  not_differentiable = 203,
  bad_derivative_rule = 204,
  non_finite_gradient = 205,
  gradient_check_failed = 206,
  // Kernels.
  index_out_of_range = 301,
  not_positive_definite = 302,
  singular_matrix = 303,
  allocation_too_large = 304,
  // Files.
  cannot_open = 401,
  truncated_file = 402,
  malformed_file = 403,
  unsupported_format = 404,
  write_failed = 405,
  read_failed = 406,
  // Running.
  node_failed = 501,
  cancelled = 502,
  unknown_node_type = 503,
  budget_exceeded = 504,
  session_closed = 505,
  unknown_host = 506,
  infeasible_plan = 507,
  not_serialisable = 508,
  deadline_exceeded = 509,
  stalled = 510,
  needs_concurrency = 511,
  too_many_branches = 512,
  circular_wait = 513,
  no_result = 514,
  dangling_borrow = 515,
  // Hosts and links.
  host_unreachable = 601,
  authentication_failed = 602,
  port_in_use = 603,
  host_lost = 604,
  protocol_violation = 605,
  timed_out = 606,
  frame_too_large = 607,
  insecure_address = 608,
  stale_pointer = 609,
  connection_lost = 610,
};

/// One row of the table of errors.
struct errc_info {
  errc code;
  std::string_view name;    ///< The enumerator.
  std::string_view meaning; ///< One sentence.
  std::string_view remedy;  ///< What usually helps.
};

/// All codes in ascending order; source of docs/errors.md.
std::span<const errc_info> errc_table() noexcept;

/// Returns the row of `code`, or that of `errc::none`.
const errc_info& describe(errc code) noexcept;

/// Renders a code as `MM0107`.
std::string to_string(errc code);

/// A place in user code. Survives a trip to another process, unlike
/// `std::source_location`.
struct place {
  std::string file;
  uint32_t line = 0;

  place() = default;

  place(std::string f, uint32_t l) : file(std::move(f)), line(l) {
    // nop
  }

  place(const std::source_location& x) : file(x.file_name()), line(x.line()) {
    // nop
  }
};

/// `model.cpp:42` (base name only), or an empty string.
std::string to_string(const place& x);

/// A failure as a value.
struct error {
  errc code = errc::none;
  std::string message; ///< One sentence; may have further, indented lines.
  std::string node;    ///< Display name of the node concerned, if any.
  place where;         ///< Where the user defined that node, if known.
  std::string fix;     ///< What to do; defaults to the table's remedy.

  error() = default;

  error(errc c, std::string what) : code(c), message(std::move(what)) {
    // nop
  }

  /// Adds the node and its place unless a deeper layer has named one already.
  error& at(std::string_view node_name, place p);

  /// Replaces the remedy.
  error& remedy(std::string text);
};

/// `MM0107 'scores' (model.cpp:42): message` and the fix on its own line.
std::string to_string(const error& x);

/// Value or error.
template <class T>
using result = tl::expected<T, error>;

/// Shorthand for returning an error from a function with a `result`.
inline tl::unexpected<error> fail(errc code, std::string message) {
  return tl::unexpected<error>{error{code, std::move(message)}};
}

inline tl::unexpected<error> fail(error x) {
  return tl::unexpected<error>{std::move(x)};
}

/// What builder calls and blocking calls throw. Copies share their content, so
/// that copying does not throw.
class failure : public std::exception {
public:
  explicit failure(error x);

  failure(const failure&) noexcept = default;
  failure& operator=(const failure&) noexcept = default;

  const error& value() const noexcept {
    return content_->what;
  }

  errc code() const noexcept {
    return content_->what.code;
  }

  const char* what() const noexcept override {
    return content_->text.c_str();
  }

private:
  struct content {
    error what;
    std::string text;
  };

  std::shared_ptr<const content> content_;
};

/// Returns the value or throws `failure`.
template <class T>
T unwrap(result<T> x) {
  if (!x)
    throw failure{std::move(x.error())};
  if constexpr (!std::is_void_v<T>)
    return std::move(*x);
}

} // namespace morph
