#include <morph/graph/attributes.hpp>

#include <algorithm>
#include <bit>

namespace morph {

namespace {

auto position(auto& entries, std::string_view name) {
  return std::lower_bound(entries.begin(), entries.end(), name,
                          [](const attributes::entry& x, std::string_view y) {
                            return x.first < y;
                          });
}

bool same(const attribute& a, const attribute& b) noexcept {
  if (a.index() != b.index())
    return false;
  if (auto* x = std::get_if<tensor>(&a))
    return x->bit_equal(std::get<tensor>(b));
  if (auto* x = std::get_if<double>(&a))
    return std::bit_cast<uint64_t>(*x)
           == std::bit_cast<uint64_t>(std::get<double>(b));
  return a == b;
}

} // namespace

attributes::attributes(std::initializer_list<entry> xs) {
  for (auto& x : xs)
    set(x.first, x.second);
}

void attributes::set(std::string_view name, attribute x) {
  auto i = position(entries_, name);
  if (i != entries_.end() && i->first == name)
    i->second = std::move(x);
  else
    entries_.emplace(i, std::string{name}, std::move(x));
}

const attribute* attributes::find(std::string_view name) const noexcept {
  auto i = position(entries_, name);
  return i != entries_.end() && i->first == name ? &i->second : nullptr;
}

bool operator==(const attributes& a, const attributes& b) noexcept {
  return std::equal(a.entries_.begin(), a.entries_.end(), b.entries_.begin(),
                    b.entries_.end(), [](auto& x, auto& y) {
                      return x.first == y.first && same(x.second, y.second);
                    });
}

void attributes::throw_missing(std::string_view name) {
  throw failure{
    error{errc::invalid_attribute, "attribute '" + std::string{name}
                                     + "' is missing or of another type"}};
}

} // namespace morph
