// The inverse of literal.hpp.
//
// Thread-safety: none; one object reads one text.
#pragma once

#include <morph/graph/attributes.hpp>
#include <morph/graph/text/text_cursor.hpp>
#include <morph/graph/type.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

namespace morph::detail {

/// Each function returns false after it has recorded an error in the cursor.
class literal_reader {
public:
  explicit literal_reader(text_cursor& in) : in_(in) {
    // nop
  }

  bool value(attribute& out);
  bool type(port_type& out);

private:
  bool list(std::vector<int64_t>& out);
  bool number(std::string_view text, attribute& out);
  bool extents(shape& out, bool allow_dynamic);
  bool tensor_of(dtype t, tensor& out);
  bool listed(dtype t, std::vector<std::byte>& out);
  bool element(dtype t, std::vector<std::byte>& out);
  bool filled(dtype t, const shape& s, uint64_t elements, tensor& out);
  bool packed(dtype t, std::vector<std::byte>& out);

  template <class T>
  bool parse(std::string_view text, T& out);

  text_cursor& in_;
  uint64_t filled_bytes_ = 0;
};

} // namespace morph::detail
