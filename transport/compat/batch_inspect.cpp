#include <morph/transport/compat/batch_inspect.hpp>

#include <caf/sec.hpp>

#include <memory>

namespace morph {

namespace {

caf::error save(caf::serializer& f, const blob& x) {
  return x.empty() ? caf::error{}
                   // A serializer only reads, whatever its signature says.
                   : f.apply_raw(x.size(), const_cast<std::byte*>(x.data()));
}

caf::error load(caf::deserializer& f, blob& x, uint64_t n) {
  x = blob{};
  if (n == 0)
    return caf::none;
  auto bytes = std::make_shared_for_overwrite<std::byte[]>(n);
  if (auto err = f.apply_raw(n, bytes.get()))
    return err;
  std::span<const std::byte> all{bytes.get(), n};
  x = blob{all, std::move(bytes)};
  return caf::none;
}

} // namespace

caf::error inspect(caf::serializer& f, batch& x) {
  uint64_t head = x.head.size();
  uint64_t body = x.body.size();
  if (auto err = f.apply(head))
    return err;
  if (auto err = f.apply(body))
    return err;
  if (auto err = save(f, x.head))
    return err;
  return save(f, x.body);
}

caf::error inspect(caf::deserializer& f, batch& x) {
  uint64_t head = 0;
  uint64_t body = 0;
  if (auto err = f.apply(head))
    return err;
  if (auto err = f.apply(body))
    return err;
  if (head > batch::max_head || body > batch::max_body)
    return caf::sec::invalid_argument;
  if (auto err = load(f, x.head, head))
    return err;
  return load(f, x.body, body);
}

std::string to_string(const batch& x) {
  return "<batch of " + std::to_string(x.head.size() + x.body.size())
         + " bytes>";
}

} // namespace morph
