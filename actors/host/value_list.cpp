#include <morph/actors/host/value_list.hpp>
#include <morph/transport/mailbox.hpp>

namespace morph {

bool apply_values(byte_writer& f, const std::vector<value>& xs) {
  f.apply(static_cast<uint64_t>(xs.size()));
  for (auto& x : xs) {
    byte_writer one;
    if (!apply_value(one, x))
      return false;
    f.apply(static_cast<uint64_t>(one.bytes().size()));
    f.raw(one.bytes().data(), one.bytes().size());
  }
  return true;
}

bool apply_values(byte_reader& f, std::vector<value>& xs) {
  uint64_t n = 0;
  if (!f.length(n, sizeof(uint64_t)))
    return false;
  xs.clear();
  for (uint64_t i = 0; i < n; ++i) {
    uint64_t bytes = 0;
    if (!f.length(bytes, 1))
      return false;
    byte_reader one{*f.view(bytes)};
    if (!apply_value(one, xs.emplace_back()) || one.remaining() > 0)
      return f.reject();
  }
  return true;
}

} // namespace morph
