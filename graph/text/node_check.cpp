#include <morph/graph/text/node_check.hpp>

#include <string>
#include <utility>

namespace morph {

namespace {

/// One of both may be the other with some extents not yet known.
bool compatible(const port_type& a, const port_type& b) {
  if (!a.is_tensor() || !b.is_tensor())
    return a == b;
  if (a.type() != b.type() || a.shape().rank() != b.shape().rank())
    return false;
  for (size_t i = 0; i < a.shape().rank(); ++i)
    if (a.shape()[i] != dyn && b.shape()[i] != dyn
        && a.shape()[i] != b.shape()[i])
      return false;
  return true;
}

result<void> check_count(const char* what, size_t have, size_t want) {
  if (have == want)
    return {};
  return fail(errc::wrong_arity, "has " + std::to_string(have) + " " + what
                                   + ", not " + std::to_string(want));
}

result<void> settle_outputs(graph_node& x, std::vector<port_type> inferred) {
  if (x.outputs.empty()) {
    x.outputs = std::move(inferred);
    return {};
  }
  if (auto ok = check_count("outputs", x.outputs.size(), inferred.size()); !ok)
    return ok;
  for (size_t i = 0; i < inferred.size(); ++i)
    if (!compatible(x.outputs[i], inferred[i]))
      return fail(errc::type_mismatch, "output " + std::to_string(i)
                                         + " is declared as "
                                         + to_string(x.outputs[i]) + " but is "
                                         + to_string(inferred[i]));
  return {};
}

result<void> check_holder(graph_node& x, std::string_view attribute_name) {
  auto* attr = x.attrs.find(attribute_name);
  auto* init = attr ? std::get_if<tensor>(attr) : nullptr;
  if (!init || !*init)
    return fail(errc::invalid_attribute,
                "needs a tensor '" + std::string{attribute_name} + "'");
  return settle_outputs(x, {port_type{init->type(), init->shape()}});
}

result<void> check_user(graph_node& x, types_view inputs) {
  if (!x.user)
    return fail(errc::unknown_node_type, "is a user node of no type");
  if (auto ok = check_count("inputs", inputs.size(), x.user->num_inputs()); !ok)
    return ok;
  auto out = x.user->infer(inputs);
  if (!out)
    return fail(std::move(out.error()));
  return settle_outputs(x, std::move(*out));
}

result<void> check_op(graph_node& x, types_view inputs) {
  auto& kind = *x.kind;
  if (!kind.infer)
    return fail(errc::unknown_op, "the op has no rule for shapes");
  if (inputs.size() < kind.min_inputs
      || (kind.max_inputs != any_number && inputs.size() > kind.max_inputs))
    return fail(errc::wrong_arity,
                "takes " + std::to_string(kind.min_inputs)
                  + (kind.max_inputs == kind.min_inputs ? "" : " or more")
                  + " inputs, not " + std::to_string(inputs.size()));
  for (auto& t : inputs)
    if (!t.is_tensor())
      return fail(errc::type_mismatch,
                  "works on tensors only, not on " + to_string(t));
  try {
    auto out = kind.infer(inputs, x.attrs);
    if (!out)
      return fail(std::move(out.error()));
    return settle_outputs(x, std::move(*out));
  } catch (const failure& e) {
    return fail(e.value()); // A rule that misses an attribute throws.
  }
}

} // namespace

result<void> check_node(graph_node& x, types_view inputs) {
  if (x.is(builtin::user))
    return check_user(x, inputs);
  if (!x.is(builtin::input) && !x.is(builtin::parameter)
      && !x.is(builtin::constant))
    return check_op(x, inputs);
  if (auto ok = check_count("inputs", inputs.size(), 0); !ok)
    return ok;
  if (x.is(builtin::parameter))
    return check_holder(x, "init");
  if (x.is(builtin::constant))
    return check_holder(x, "value");
  return check_count("outputs", x.outputs.size(), 1);
}

} // namespace morph
