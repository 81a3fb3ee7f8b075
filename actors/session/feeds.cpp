#include <morph/actors/session/feeds.hpp>

namespace morph {

expr feed::target(const graph& g) const {
  auto x = name_.empty() ? to_ : g.find(name_);
  g.check_owner(x);
  if (!x.node().is(builtin::input)) {
    error e{errc::unknown_name, "only inputs can be fed"};
    throw failure{std::move(e.at(display_name(x.node()), x.node().where()))};
  }
  return x;
}

} // namespace morph
