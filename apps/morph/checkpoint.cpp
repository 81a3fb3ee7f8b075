#include <morph/apps/morph/checkpoint.hpp>
#include <morph/graph/io/safetensors.hpp>

namespace morph::cli {

void save(const std::filesystem::path& path, const checkpoint& x) {
  unwrap(write_safetensors(path, {x.parameters, x.about}));
}

checkpoint load(const std::filesystem::path& path) {
  auto file = unwrap(read_safetensors(path));
  return {std::move(file.tensors), std::move(file.metadata)};
}

} // namespace morph::cli
