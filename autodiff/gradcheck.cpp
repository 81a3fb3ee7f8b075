#include <morph/autodiff/copy_part.hpp>
#include <morph/autodiff/gradcheck.hpp>
#include <morph/autodiff/transforms.hpp>
#include <morph/graph/build.hpp>
#include <morph/graph/program.hpp>

#include <algorithm>
#include <cmath>
#include <sstream>

namespace morph {

namespace {

// Numbers in [0.5, 1.5), the same in every run: weights that cancel nothing.
class weights {
public:
  double next() noexcept {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return 0.5 + static_cast<double>(state_ >> 11) * 0x1p-53;
  }

  tensor like(dtype t, const shape& s) {
    auto out = tensor::uninitialised(t, s);
    for (int64_t i = 0; i < out.elements(); ++i)
      if (t == f64)
        out.mutable_data<double>()[i] = next();
      else
        out.mutable_data<float>()[i] = static_cast<float>(next());
    return out;
  }

private:
  uint64_t state_ = 1;
};

double element(const tensor& x, int64_t i) {
  return x.type() == f64 ? x.data<double>()[i] : x.data<float>()[i];
}

// `x` with one element moved.
tensor moved(const tensor& x, int64_t i, double by) {
  return visit_dtype(x.type(), [&](auto zero) {
    using type = decltype(zero);
    auto out = tensor::of<type>(x.shape(), x.span<type>());
    out.template mutable_data<type>()[i] = static_cast<type>(
      static_cast<double>(out.template data<type>()[i]) + by);
    return out;
  });
}

double dot(const tensor& a, const tensor& b) {
  double out = 0;
  for (int64_t i = 0; i < a.elements(); ++i)
    out += element(a, i) * element(b, i);
  return out;
}

std::string position(const shape& s, int64_t i) {
  std::string out;
  for (auto axis = s.rank(); axis-- > 0;) {
    out = std::to_string(i % s[axis]) + (out.empty() ? "" : ", ") + out;
    i /= s[axis];
  }
  return "[" + out + "]";
}

tensor as_f64(const tensor& x) {
  auto out = tensor::uninitialised(f64, x.shape());
  for (int64_t i = 0; i < x.elements(); ++i)
    out.mutable_data<double>()[i] = element(x, i);
  return out;
}

// One check at one point.
class checker {
public:
  checker(const expr& loss, const exprs& wrt, const gradcheck_options& options)
    : widen_(!needs_user_node(loss)), copy_(copy_part(loss, widen_)),
      loss_(copy_.at(loss)), options_(options) {
    auto single = false;
    for (auto& x : wrt) {
      // What the loss does not need has no copy, and a gradient of zero.
      if (!copy_.nodes.contains(x.ref().node))
        continue;
      wrt_.push_back(copy_.at(x));
      names_.push_back(display_name(x.node()));
      single = single || wrt_.back().type().type() == f32;
    }
    if (options_.tolerance == 0)
      options_.tolerance = single ? 5e-3 : 1e-6;
    if (options_.step == 0)
      options_.step = single ? 1e-2 : 1e-4;
  }

  result<gradcheck_report> run(const leaf_values& feeds) {
    auto ok = load(feeds);
    if (!ok)
      return fail(std::move(ok.error()));
    auto gradients = evaluate(grad(loss_, wrt_));
    auto primal = compile({loss_});
    if (!gradients || !primal)
      return fail(gradients ? primal.error() : gradients.error());
    for (size_t i = 0; i < wrt_.size(); ++i) {
      auto done = compare(i, as_tensor((*gradients)[i]), *primal);
      if (!done)
        return fail(std::move(done.error()));
    }
    if (auto done = compare_forward(*gradients); !done)
      return fail(std::move(done.error()));
    return std::move(report_);
  }

private:
  static std::optional<value> find(const leaf_values& feeds, const expr& leaf,
                                   const graph_copy& copy) {
    for (auto& [x, fed] : feeds)
      if (copy.nodes.contains(x.ref().node) && copy.at(x).ref() == leaf.ref())
        return fed;
    return std::nullopt;
  }

  // Collects the values of inputs and parameters.
  result<void> load(const leaf_values& feeds) {
    for (node_id id = 0; id < copy_.target.size(); ++id) {
      auto& n = copy_.target[id];
      auto leaf = copy_.target.at({id, 0});
      auto x = find(feeds, leaf, copy_);
      if (!x && n.is(builtin::parameter))
        x = n.attrs.get<tensor>("init");
      if (!x && n.is(builtin::input))
        return fail(error{errc::missing_input, "no value was fed"}.at(
          display_name(n), n.where()));
      if (!x)
        continue;
      if (widen_ && tensor::holds(*x) && as_tensor(*x).type() == f32)
        x = as_f64(as_tensor(*x));
      if (!accepts(leaf.type(), *x))
        return fail(
          error{errc::type_mismatch, "was fed " + to_string(type_of(*x))
                                       + ", not " + to_string(leaf.type())}
            .at(display_name(n), n.where()));
      leaves_.push_back(leaf.ref());
      values_.push_back(std::move(*x));
    }
    for (size_t i = 0; i < wrt_.size(); ++i) {
      auto at = std::find(leaves_.begin(), leaves_.end(), wrt_[i].ref());
      if (at == leaves_.end())
        return fail(error{errc::missing_input,
                          "only inputs and parameters can be checked"}
                      .at(names_[i], {}));
      slots_.push_back(static_cast<size_t>(at - leaves_.begin()));
    }
    return {};
  }

  result<program> compile(const exprs& outputs) const {
    std::vector<port_ref> out;
    for (auto& x : outputs)
      out.push_back(x.ref());
    return program::make(*copy_.target.data(), leaves_, out);
  }

  result<std::vector<value>> evaluate(const exprs& outputs) const {
    return compile(outputs).and_then(
      [&](const program& p) { return p.run(values_); });
  }

  // The loss with element `at` of wrt_[i] moved.
  result<double> sample(const program& p, size_t i, int64_t at, double by) {
    auto xs = values_;
    xs[slots_[i]] = moved(as_tensor(xs[slots_[i]]), at, by);
    auto out = p.run(xs);
    if (!out)
      return fail(std::move(out.error()));
    return as_tensor((*out)[0]).item();
  }

  // Five-point central difference, of fourth order.
  result<double> difference(const program& p, size_t i, int64_t at) {
    auto x = element(as_tensor(values_[slots_[i]]), at);
    auto h = options_.step * std::max(1.0, std::abs(x));
    double total = 0;
    for (auto [weight, steps] : {std::pair{1.0, -2.0}, std::pair{-8.0, -1.0},
                                 std::pair{8.0, 1.0}, std::pair{-1.0, 2.0}}) {
      auto y = sample(p, i, at, steps * h);
      if (!y)
        return y;
      total += weight * *y;
    }
    return total / (12 * h);
  }

  result<void> compare(size_t i, const tensor& gradient, const program& p) {
    auto n = gradient.elements();
    auto count = std::min(n, static_cast<int64_t>(options_.max_elements));
    for (int64_t k = 0; k < count; ++k) {
      auto at = k * n / count;
      auto expected = difference(p, i, at);
      if (!expected)
        return fail(std::move(expected.error()));
      std::ostringstream where;
      where.precision(10);
      where << "gradient in '" << names_[i] << "' "
            << to_string(gradient.shape()) << " at "
            << position(gradient.shape(), at) << ": backward "
            << element(gradient, at) << ", differences " << *expected;
      note(element(gradient, at), *expected, where.str(), n);
    }
    return {};
  }

  // sum(v * gradient) is the tangent of the loss along v.
  result<void> compare_forward(const std::vector<value>& gradients) {
    if (!widen_)
      return {};
    weights random;
    exprs tangents;
    double expected = 0;
    for (size_t i = 0; i < wrt_.size(); ++i) {
      auto& gradient = as_tensor(gradients[i]);
      auto v = random.like(gradient.type(), gradient.shape());
      expected += dot(gradient, v);
      tangents.push_back(copy_.target.constant(std::move(v)));
    }
    auto out = evaluate(jvp({loss_}, wrt_, tangents));
    if (!out)
      return fail(std::move(out.error()));
    auto tangent = as_tensor((*out)[0]).item();
    std::ostringstream where;
    where.precision(10);
    where << "along one direction: backward " << expected << ", forward mode "
          << tangent;
    report_.forward_mode = true;
    note(expected, tangent, where.str(), 0);
    return {};
  }

  void note(double a, double b, const std::string& where, int64_t size) {
    auto scale = std::max({1.0, std::abs(a), std::abs(b)});
    auto deviation = std::abs(a - b) / scale;
    if (a == b)
      deviation = 0;
    else if (!(deviation < INFINITY))
      deviation = INFINITY;
    ++report_.compared;
    if (deviation > report_.worst || report_.worst_case.empty()) {
      report_.worst = deviation;
      report_.worst_case = where;
    }
    if (deviation > options_.tolerance
        && (report_.passed || size < failing_size_)) {
      report_.passed = false;
      report_.failing_case = where;
      failing_size_ = size;
    }
  }

  bool widen_;
  graph_copy copy_;
  expr loss_;
  exprs wrt_;
  std::vector<std::string> names_;
  gradcheck_options options_;
  std::vector<port_ref> leaves_;
  std::vector<value> values_;
  std::vector<size_t> slots_; // Of wrt_ in values_.
  gradcheck_report report_;
  int64_t failing_size_ = 0;
};

} // namespace

std::string to_string(const gradcheck_report& x) {
  if (!x.passed)
    return "failed: " + x.failing_case;
  std::ostringstream out;
  out << "passed: " << x.compared << " comparisons, worst " << x.worst;
  return out.str();
}

error to_error(const gradcheck_report& x) {
  return {errc::gradient_check_failed, x.failing_case};
}

result<gradcheck_report> check_gradients(const graph& g, const expr& loss,
                                         const std::vector<expr>& wrt,
                                         const leaf_values& feeds,
                                         const gradcheck_options& options) {
  try {
    g.check_owner(loss);
    for (auto& x : wrt)
      g.check_owner(x);
    return checker{loss, wrt, options}.run(feeds);
  } catch (const failure& x) {
    return fail(x.value());
  }
}

result<gradcheck_report> check_user_node(std::shared_ptr<const user_node> node,
                                         const std::vector<value>& inputs,
                                         const gradcheck_options& options) {
  try {
    auto values = node->clone()->forward(inputs);
    if (!values)
      return fail(std::move(values.error()));
    graph g;
    exprs in;
    exprs wrt;
    leaf_values feeds;
    for (auto& x : inputs) {
      in.push_back(
        g.add_input("input " + std::to_string(in.size()), type_of(x)));
      feeds.emplace_back(in.back(), x);
      if (tensor::holds(x) && is_floating(as_tensor(x).type()))
        wrt.push_back(in.back());
    }
    auto y = g.add_user(std::move(node), in);
    weights random;
    expr loss;
    for (uint16_t i = 0; i < values->size(); ++i) {
      auto& x = (*values)[i];
      auto port = y.output(i);
      if (!accepts(port.type(), x))
        return fail(error{errc::type_mismatch,
                          "output " + std::to_string(i) + " is declared as "
                            + to_string(port.type()) + ", but is "
                            + to_string(type_of(x))}
                      .remedy("declare it by a member output_type"));
      if (!tensor::holds(x) || !is_floating(as_tensor(x).type()))
        continue;
      auto w
        = g.constant(random.like(as_tensor(x).type(), as_tensor(x).shape()));
      auto term = sum(port * w);
      loss = loss ? loss + term : term;
    }
    if (!loss || wrt.empty())
      return fail(errc::not_differentiable,
                  "the node has no floating-point input or output");
    return check_gradients(g, loss, wrt, feeds, options);
  } catch (const failure& x) {
    return fail(x.value());
  }
}

} // namespace morph
