// Running ops by name on tensors, as tests want it.
#pragma once

#include <morph/graph/op.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace morph::test {

using ints = std::vector<int64_t>;

inline std::vector<port_type> types_of(const std::vector<tensor>& xs) {
  std::vector<port_type> out;
  for (auto& x : xs)
    out.push_back(type_of(x));
  return out;
}

/// The result of a kernel, with the types it was inferred to have.
inline result<tensor> try_run(std::string_view name,
                              const std::vector<tensor>& inputs,
                              const attributes& attrs = {}) {
  auto* kind = find_op(name);
  REQUIRE(kind);
  std::vector<value> in(inputs.begin(), inputs.end());
  std::vector<value> out(1);
  auto ok = kind->run(in, out, attrs);
  if (!ok)
    return fail(std::move(ok.error()));
  return tensor::from(out[0]);
}

inline tensor run(std::string_view name, const std::vector<tensor>& inputs,
                  const attributes& attrs = {}) {
  auto out = try_run(name, inputs, attrs);
  INFO(name << ": " << (out ? std::string{} : to_string(out.error())));
  REQUIRE(out);
  return *out;
}

/// The error that a kernel gives.
inline error run_error(std::string_view name, const std::vector<tensor>& inputs,
                       const attributes& attrs = {}) {
  auto out = try_run(name, inputs, attrs);
  REQUIRE(!out);
  return out.error();
}

/// What the shape rule says.
inline result<port_type> infer(std::string_view name,
                               const std::vector<port_type>& types,
                               const attributes& attrs = {}) {
  auto* kind = find_op(name);
  REQUIRE(kind);
  auto out = kind->infer(types, attrs);
  if (!out)
    return fail(std::move(out.error()));
  return (*out)[0];
}

/// Elements as double, in order.
inline std::vector<double> numbers(const tensor& x) {
  std::vector<double> out;
  visit_dtype(x.type(), [&](auto zero) {
    for (auto y : x.span<decltype(zero)>())
      out.push_back(static_cast<double>(y));
  });
  return out;
}

inline void require_close(const std::vector<double>& a,
                          const std::vector<double>& b,
                          double tolerance = 1e-12) {
  REQUIRE(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    INFO("element " << i << ": " << a[i] << " against " << b[i]);
    if (std::isnan(b[i]))
      CHECK(std::isnan(a[i]));
    else
      CHECK((a[i] == b[i]
             || std::abs(a[i] - b[i])
                  <= tolerance * std::max(1.0, std::abs(b[i]))));
  }
}

/// A small deterministic sequence of numbers in [-1, 1).
class sequence {
public:
  explicit sequence(uint64_t seed) : state_(seed * 2 + 1) {
    // nop
  }

  double operator()() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<double>(state_ >> 11) * 0x1p-52 - 1;
  }

  tensor reals(const shape& s) {
    auto out = tensor::uninitialised(f64, s);
    for (int64_t i = 0, n = out.elements(); i < n; ++i)
      out.mutable_data<double>()[i] = (*this)();
    return out;
  }

private:
  uint64_t state_;
};

} // namespace morph::test
