// A static part of a program that decides as it runs: written once with
// expressions, compiled once for each combination of input types, run as often
// as branches need it.
//
//   block cell{"cell", [](expr x, expr h, expr w) {
//     return tanh(matmul(x, w) + h);
//   }};
//   traced h = cell(x, h0, w);
//
// Thread-safety: all members may be called from any thread. Copies share what
// is compiled.
#pragma once

#include <morph/autodiff/path/traced.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace morph {

namespace detail {

/// What a block has compiled, by types of inputs.
class block_cache {
public:
  explicit block_cache(std::string name) : name_(std::move(name)) {
    // nop
  }

  std::shared_ptr<const compiled_block> find(const std::vector<traced>& inputs,
                                             const block_builder& build);

  size_t size() const;

private:
  using types = std::vector<port_type>;

  std::string name_;
  mutable std::mutex mutex_;
  std::vector<std::pair<types, std::shared_ptr<const compiled_block>>> known_;
};

inline std::vector<expr> as_exprs(expr x) {
  return {x};
}

inline std::vector<expr> as_exprs(std::vector<expr> xs) {
  return xs;
}

template <size_t N>
std::vector<expr> as_exprs(const std::array<expr, N>& xs) {
  return {xs.begin(), xs.end()};
}

template <class R>
struct traced_result {
  static traced from(std::vector<traced> xs) {
    return std::move(xs.front());
  }
};

template <>
struct traced_result<std::vector<expr>> {
  static std::vector<traced> from(std::vector<traced> xs) {
    return xs;
  }
};

template <size_t N>
struct traced_result<std::array<expr, N>> {
  static std::array<traced, N> from(std::vector<traced> xs) {
    std::array<traced, N> out;
    std::move(xs.begin(), xs.end(), out.begin());
    return out;
  }
};

} // namespace detail

/// `Build` takes one `expr` per input and returns an `expr`, an array or a
/// vector of them; a call returns the same of `traced`. It may be called by
/// any thread, one at a time.
template <class Build>
class block {
public:
  block(std::string name, Build build)
    : build_(std::move(build)),
      compiled_(std::make_shared<detail::block_cache>(std::move(name))) {
    // nop
  }

  /// Runs it. Throws `failure` for inputs that its builder refuses and for
  /// nodes that fail, with the line that wrote them.
  template <class... Ts>
    requires(std::convertible_to<Ts, traced>&&...)

  auto operator()(const Ts&... inputs) const {
    static_assert(std::is_invocable_v<const Build&, as_expr<Ts>...>,
                  "a block is called with one value for each expression that "
                  "its builder takes");
    using returned = std::invoke_result_t<const Build&, as_expr<Ts>...>;
    std::vector<traced> given{traced{inputs}...};
    auto what = compiled_->find(given, [this](const std::vector<expr>& xs) {
      return write(xs, std::index_sequence_for<Ts...>{});
    });
    return detail::traced_result<returned>::from(
      run_traced(std::move(what), std::move(given)));
  }

  /// Combinations of input types for which it has been compiled.
  size_t compiled() const {
    return compiled_->size();
  }

private:
  template <class>
  using as_expr = expr;

  template <size_t... Is>
  std::vector<expr> write(const std::vector<expr>& xs,
                          std::index_sequence<Is...>) const {
    return detail::as_exprs(build_(xs[Is]...));
  }

  Build build_;
  std::shared_ptr<detail::block_cache> compiled_;
};

} // namespace morph
