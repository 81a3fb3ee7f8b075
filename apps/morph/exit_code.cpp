#include <morph/apps/morph/exit_code.hpp>

namespace morph::cli {

exit_code exit_code_of(errc code) noexcept {
  switch (code) {
    case errc::none:
      return exit_code::ok;
    case errc::non_finite_gradient:
    case errc::gradient_check_failed:
      return exit_code::check_failed;
    case errc::host_unreachable:
    case errc::authentication_failed:
    case errc::host_lost:
    case errc::protocol_violation:
      return exit_code::unreachable;
    case errc::timed_out:
      return exit_code::timed_out;
    case errc::cannot_open:
    case errc::truncated_file:
    case errc::malformed_file:
    case errc::unsupported_format:
    case errc::unknown_node_type:
    case errc::budget_exceeded:
    case errc::unknown_host:
    case errc::infeasible_plan:
    case errc::port_in_use:
    case errc::insecure_address:
      return exit_code::bad_input;
    default:
      // Building and differentiating a graph judge what the user wrote.
      return static_cast<unsigned>(code) < 300 ? exit_code::bad_input
                                               : exit_code::run_failed;
  }
}

} // namespace morph::cli
