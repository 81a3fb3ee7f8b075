#include <morph/graph/text/kind.hpp>

namespace morph {

const op* find_kind(std::string_view name) noexcept {
  for (auto* x : {&builtin::input, &builtin::parameter, &builtin::constant,
                  &builtin::user})
    if (x->name == name)
      return x;
  return find_op(name);
}

} // namespace morph
