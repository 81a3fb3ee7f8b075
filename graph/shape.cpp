#include <morph/graph/error.hpp>
#include <morph/graph/shape.hpp>

#include <algorithm>

namespace morph {

shape::shape(std::initializer_list<int64_t> dims)
  : shape(std::span<const int64_t>{dims.begin(), dims.size()}) {
  // nop
}

shape::shape(std::span<const int64_t> dims) {
  for (auto x : dims)
    push_back(x);
}

void shape::push_back(int64_t extent) {
  if (rank_ == max_rank)
    throw failure{
      error{errc::shape_mismatch, "a shape has at most 8 dimensions"}};
  if (extent < dyn)
    throw failure{error{errc::shape_mismatch, "an extent is 'dyn' or >= 0, not "
                                                + std::to_string(extent)}};
  dims_[rank_++] = extent;
}

bool shape::is_static() const noexcept {
  return std::none_of(begin(), end(), [](int64_t x) { return x == dyn; });
}

int64_t shape::elements() const noexcept {
  int64_t n = 1;
  for (auto x : *this)
    n *= x;
  return n;
}

bool operator==(const shape& a, const shape& b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

std::string to_string(const shape& x) {
  std::string out = "[";
  for (size_t i = 0; i < x.rank(); ++i) {
    if (i > 0)
      out += ", ";
    out += x[i] == dyn ? std::string{"?"} : std::to_string(x[i]);
  }
  return out += ']';
}

bool matches(const shape& declared, const shape& actual) noexcept {
  return std::equal(declared.begin(), declared.end(), actual.begin(),
                    actual.end(),
                    [](int64_t d, int64_t a) { return d == dyn || d == a; });
}

} // namespace morph
