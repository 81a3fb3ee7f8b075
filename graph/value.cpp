#include <morph/graph/value.hpp>

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
                "a value of type '" + x.type().name
                  + "' cannot leave this process: it has no 'inspect'");
  f.apply(x.type().name);
  if (!x.type().encode(x.rep(), f))
    return fail(errc::not_serialisable,
                "'inspect' of type '" + x.type().name + "' failed");
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
    return fail(errc::not_serialisable,
                "this process does not know values of type '" + name + "'");
  auto x = t->decode(f);
  if (!x)
    return fail(errc::protocol_violation,
                "malformed value of type '" + name + "'");
  return x;
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
