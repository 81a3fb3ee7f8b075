// The head of a safetensors file, in and out.
//
// Thread-safety: free functions, safe from any thread.
#pragma once

#include <morph/graph/dtype.hpp>
#include <morph/graph/error.hpp>
#include <morph/graph/shape.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace morph::detail {

/// Where one tensor's elements stand, counted from the end of the head.
struct tensor_place {
  std::string name;
  dtype type = dtype::f32;
  shape extents;
  uint64_t begin = 0;
  uint64_t end = 0;
};

struct safetensors_header {
  std::vector<tensor_place> tensors;
  std::map<std::string, std::string> metadata;
};

/// Parses JSON; the message names the byte within `text`. Checks the form, not
/// yet the offsets.
result<safetensors_header> parse_safetensors_header(std::string_view text);

/// The shortest JSON for a head, names in the order given; MM0405 if a string
/// is not UTF-8.
result<std::string> to_json(const safetensors_header& x);

} // namespace morph::detail
