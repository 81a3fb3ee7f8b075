#include <morph/graph/user_node.hpp>

#include <map>
#include <mutex>

namespace morph {

namespace {

struct factory_table {
  std::mutex mutex;
  std::map<std::string, user_node_factory, std::less<>> rows;
};

factory_table& factories() {
  static factory_table instance;
  return instance;
}

} // namespace

user_node::~user_node() {
  // nop
}

result<std::vector<value>> user_node::forward_keeping(std::span<const value> in,
                                                      residual&) {
  return forward(in);
}

result<std::vector<value>> user_node::backward_from(
  std::span<const value> in, std::span<const value> cotangents,
  const residual&) {
  return backward(in, cotangents);
}

void register_user_node(std::string name, user_node_factory make) {
  auto& t = factories();
  std::lock_guard guard{t.mutex};
  t.rows.try_emplace(std::move(name), make);
}

std::unique_ptr<user_node> make_user_node(std::string_view name) {
  auto& t = factories();
  std::lock_guard guard{t.mutex};
  auto i = t.rows.find(name);
  return i == t.rows.end() ? nullptr : i->second();
}

std::vector<std::string> known_user_nodes() {
  auto& t = factories();
  std::lock_guard guard{t.mutex};
  std::vector<std::string> out;
  for (auto& [name, make] : t.rows)
    out.push_back(name);
  return out;
}

result<std::vector<value>> detail::guarded(
  const std::function<std::vector<value>()>& f) {
  try {
    return f();
  } catch (const failure& x) {
    return fail(x.value());
  } catch (const std::exception& x) {
    return fail(errc::node_failed, std::string{"user code threw: "} + x.what());
  } catch (...) {
    return fail(errc::node_failed,
                "user code threw something that is not a "
                "std::exception");
  }
}

} // namespace morph
