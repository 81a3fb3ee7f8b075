#include <morph/graph/tensor.hpp>
#include <morph/graph/type_name.hpp>
#include <morph/graph/value.hpp>

#include <exception>
#include <map>
#include <mutex>

namespace morph {

namespace {

struct type_table {
  std::mutex mutex;
  std::map<std::string, const value_type*, std::less<>> rows;
};

type_table& types() {
  static type_table instance;
  return instance;
}

} // namespace

const value_type& register_value_type(const value_type& row) {
  auto& t = types();
  std::lock_guard guard{t.mutex};
  return *t.rows.try_emplace(row.name, &row).first->second;
}

const value_type* find_value_type(std::string_view name) noexcept {
  auto& t = types();
  std::lock_guard guard{t.mutex};
  auto i = t.rows.find(name);
  return i == t.rows.end() ? nullptr : i->second;
}

result<void> encode_value(const value& x, byte_writer& f) {
  if (!x) {
    f.apply(std::string{});
    return {};
  }
  if (!x.type().encode)
    return fail(errc::not_serialisable,
                "a value of type '" + readable_type(x.type().name)
                  + "' cannot leave this process: it has no 'inspect'");
  f.apply(x.type().name);
  if (!x.type().encode(x.rep(), f))
    return fail(errc::not_serialisable, "'inspect' of type '"
                                          + readable_type(x.type().name)
                                          + "' failed");
  return {};
}

result<value> decode_value(byte_reader& f) {
  std::string name;
  if (!f.apply(name) || name.size() > 4096)
    return fail(errc::protocol_violation, "malformed name of a value's type");
  if (name.empty())
    return value{};
  auto* t = find_value_type(name);
  if (!t || !t->decode)
    return fail(
      error{errc::not_serialisable,
            "values of type '" + readable_type(name) + "' are not known here"}
        .remedy("call value_type_of<T>(), or register_node<N>() of "
                "a node that uses the type, in the process that "
                "receives it, or load it there with --plugin"));
  std::string why;
  try {
    if (auto x = t->decode(f))
      return x;
  } catch (const std::exception& e) {
    why = std::string{": "} + e.what();
  }
  if (t == &tensor_value_type())
    return fail(errc::protocol_violation, "malformed tensor" + why);
  return fail(error{errc::not_serialisable,
                    "'inspect' of type '" + readable_type(name)
                      + "' cannot read what the sender wrote" + why}
                .remedy("build all processes from the same sources"));
}

result<value> add_values(const value& a, const value& b) {
  if (!a)
    return b;
  if (!b)
    return a;
  if (&a.type() != &b.type() || !a.type().add)
    return fail(errc::type_mismatch, "cannot add gradients of types '"
                                       + a.type().name + "' and '"
                                       + b.type().name + "'");
  return a.type().add(a, b);
}

void detail::throw_wrong_payload(const char* wanted, const value& have) {
  throw failure{error{errc::type_mismatch,
                      std::string{"the value is of type '"}
                        + (have ? have.type().name : std::string{"none"})
                        + "', not '" + wanted + "'"}};
}

} // namespace morph
