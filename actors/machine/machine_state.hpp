// What a machine keeps between steps, as bytes: parameters and user nodes with
// state. Ops keep nothing.
#pragma once

#include <morph/actors/machine/node_machine.hpp>
#include <morph/actors/machine/parameter_machine.hpp>

#include <cstddef>
#include <map>
#include <vector>

namespace morph {

inline void save_machine(const parameter_machine* x,
                         std::map<node_id, std::vector<std::byte>>& out) {
  if (!x)
    return;
  byte_writer f;
  x->save(f);
  out.emplace(x->id(), f.take());
}

inline void save_machine(node_machine* x,
                         std::map<node_id, std::vector<std::byte>>& out) {
  if (!x || !x->user() || x->user()->stateless())
    return;
  byte_writer f;
  if (x->user()->save(f))
    out.emplace(x->id(), f.take());
}

inline bool load_machine(parameter_machine* x,
                         const std::vector<std::byte>& bytes) {
  byte_reader f{bytes};
  return x && x->load(f) && f.remaining() == 0;
}

inline bool load_machine(node_machine* x, const std::vector<std::byte>& bytes) {
  byte_reader f{bytes};
  return x && x->user() && x->user()->load(f) && f.remaining() == 0;
}

} // namespace morph
