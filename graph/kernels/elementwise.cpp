#include <morph/graph/kernels/elementwise.hpp>
#include <morph/graph/kernels/walk.hpp>

#include <string>

namespace morph::kernels {

namespace {

/// Shapes differ: find the common one and walk.
result<tensor> run_broadcast(binary_loop loop, dtype t, const tensor& a,
                             const tensor& b) {
  auto s = broadcast_shape(a.shape(), b.shape());
  if (!s)
    return fail(std::move(s.error()));
  auto out = tensor::uninitialised(t, *s);
  auto width = static_cast<int64_t>(size_of(a.type()));
  auto width_out = static_cast<int64_t>(size_of(t));
  auto* x = a.raw().data();
  auto* y = b.raw().data();
  auto* z = out.mutable_bytes();
  walk<2> w{
    *s, {broadcast_strides(a.shape(), *s), broadcast_strides(b.shape(), *s)}};
  w.for_each_row([&](int64_t row, auto& at, int64_t n) {
    loop(x + at[0] * width, w.step(0), y + at[1] * width, w.step(1),
         z + row * width_out, n);
  });
  return out;
}

} // namespace

error undefined_for(dtype t) {
  error out{errc::dtype_mismatch,
            "not defined for element type " + std::string{to_string(t)}};
  out.remedy("convert the operand with cast(x, type)");
  return out;
}

error mixed_types(dtype a, dtype b) {
  auto x = std::string{to_string(a)};
  auto y = std::string{to_string(b)};
  error out{errc::dtype_mismatch,
            "element types " + x + " and " + y + " do not mix"};
  out.remedy("convert one operand: cast(x, " + x + ") or cast(x, " + y + ")");
  return out;
}

result<tensor> run(const unary_op& f, const tensor& x) {
  auto loop = f.loops[static_cast<size_t>(x.type())];
  if (!loop)
    return fail(undefined_for(x.type()));
  auto out = tensor::uninitialised(x.type(), x.shape());
  loop(x.raw().data(), out.mutable_bytes(), x.elements());
  return out;
}

result<tensor> run(const binary_op& f, const tensor& a, const tensor& b) {
  if (a.type() != b.type())
    return fail(mixed_types(a.type(), b.type()));
  auto loop = f.loops[static_cast<size_t>(a.type())];
  if (!loop)
    return fail(undefined_for(a.type()));
  auto t = f.gives_bool ? boolean : a.type();
  if (!(a.shape() == b.shape()))
    return run_broadcast(loop, t, a, b);
  auto out = tensor::uninitialised(t, a.shape());
  loop(a.raw().data(), 1, b.raw().data(), 1, out.mutable_bytes(), a.elements());
  return out;
}

} // namespace morph::kernels
