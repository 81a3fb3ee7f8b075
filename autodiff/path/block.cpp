#include <morph/autodiff/path/block.hpp>

#include <algorithm>

namespace morph::detail {

std::shared_ptr<const compiled_block> block_cache::find(
  const std::vector<traced>& inputs, const block_builder& build) {
  types key;
  for (auto& x : inputs)
    key.push_back(type_of(x.get()));
  std::lock_guard guard{mutex_};
  auto i = std::find_if(known_.begin(), known_.end(),
                        [&](auto& x) { return x.first == key; });
  if (i == known_.end())
    i = known_.emplace(known_.end(), key,
                       compiled_block::make(name_, build, key));
  return i->second;
}

size_t block_cache::size() const {
  std::lock_guard guard{mutex_};
  return known_.size();
}

} // namespace morph::detail
