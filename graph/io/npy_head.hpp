// The head of an NPY file: a Python dictionary with three entries, of which
// only the subset that numpy writes is understood.
//
// Thread-safety: free function, safe from any thread.
#pragma once

#include <morph/graph/error.hpp>
#include <morph/graph/shape.hpp>

#include <string>
#include <string_view>

namespace morph::detail {

struct npy_header {
  std::string descr; ///< Element type, such as `<f4`.
  bool fortran_order = false;
  shape extents;
};

/// Where and why a head is malformed.
struct npy_complaint {
  size_t offset = 0; ///< Within the head.
  std::string message;
  errc code = errc::malformed_file;
};

/// Parses `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
tl::expected<npy_header, npy_complaint> parse_npy_header(std::string_view text);

} // namespace morph::detail
