#include <morph/graph/error.hpp>
#include <morph/graph/io/dataset.hpp>

#include <cmath>
#include <cstring>
#include <numeric>
#include <type_traits>
#include <utility>

namespace morph {

namespace {

constexpr uint64_t golden_gamma = 0x9e3779b97f4a7c15;

uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

[[noreturn]] void reject(errc code, std::string what) {
  throw failure{error{code, std::move(what)}};
}

void check(const dataset& x) {
  if (!x.x || x.x.rank() == 0)
    reject(errc::shape_mismatch, "the x of a dataset needs a first axis: rows");
  if (x.y && (x.y.rank() == 0 || x.y.shape()[0] != x.size()))
    reject(errc::shape_mismatch, "x " + to_string(x.x.shape()) + " and y "
                                   + to_string(x.y.shape())
                                   + " of a dataset differ in rows");
}

tensor gather_rows(const tensor& x, std::span<const int64_t> indices) {
  if (!x)
    return {};
  auto s = x.shape();
  auto row = s[0] > 0 ? x.size_bytes() / static_cast<size_t>(s[0]) : 0;
  s[0] = static_cast<int64_t>(indices.size());
  auto out = tensor::uninitialised(x.type(), s);
  auto* to = out.mutable_bytes();
  for (size_t i = 0; row > 0 && i < indices.size(); ++i)
    std::memcpy(to + i * row,
                x.raw().data() + static_cast<size_t>(indices[i]) * row, row);
  return out;
}

template <class T>
tensor scale_as(const tensor& x, double factor) {
  tensor out = tensor::uninitialised(dtype_v<T>, x.shape());
  auto* to = out.mutable_data<T>();
  visit_dtype(x.type(), [&](auto zero) {
    for (auto e : x.span<decltype(zero)>())
      *to++ = static_cast<T>(e) * static_cast<T>(factor);
  });
  return out;
}

datasets split_in(const dataset& x, double fraction,
                  std::span<const int64_t> order) {
  if (!(fraction >= 0 && fraction <= 1))
    reject(errc::invalid_attribute,
           "the part to train on lies between 0 and 1, not "
             + std::to_string(fraction));
  auto n = static_cast<size_t>(
    std::floor(fraction * static_cast<double>(order.size())));
  return {x.rows(order.first(n)), x.rows(order.subspan(n)), {}};
}

std::vector<int64_t> file_order(int64_t n) {
  std::vector<int64_t> out(static_cast<size_t>(n));
  std::iota(out.begin(), out.end(), int64_t{0});
  return out;
}

} // namespace

std::vector<int64_t> permutation(int64_t n, uint64_t seed, uint64_t stream) {
  auto out = file_order(n);
  auto state = mix(mix(seed + golden_gamma) ^ stream);
  auto next_below = [&state](uint64_t bound) {
    // The largest multiple of `bound` below 2^64, less one.
    auto last = ~uint64_t{0} - (~uint64_t{0} % bound + 1) % bound;
    for (;;)
      if (auto x = mix(state += golden_gamma); x <= last)
        return x % bound;
  };
  for (auto i = out.size(); i > 1; --i)
    std::swap(out[i - 1], out[next_below(i)]);
  return out;
}

dataset dataset::scaled(double factor) const {
  return {x.type() == f64 ? scale_as<double>(x, factor)
                          : scale_as<float>(x, factor),
          y};
}

dataset dataset::rows(std::span<const int64_t> indices) const {
  return {gather_rows(x, indices), gather_rows(y, indices)};
}

batch_range dataset::batches(int64_t rows_per_batch) const {
  return {*this, rows_per_batch};
}

datasets split(const dataset& x, double train_fraction) {
  check(x);
  return split_in(x, train_fraction, file_order(x.size()));
}

datasets split(const dataset& x, double train_fraction, uint64_t seed) {
  check(x);
  // No epoch has this number, so batches of the same seed differ.
  constexpr auto stream = ~uint64_t{0};
  return split_in(x, train_fraction, permutation(x.size(), seed, stream));
}

batch_range::batch_range(dataset x, int64_t rows_per_batch)
  : rows_(std::move(x)), rows_per_batch_(rows_per_batch) {
  check(rows_);
  if (rows_per_batch < 1)
    reject(errc::invalid_attribute, "a batch has at least one row, not "
                                      + std::to_string(rows_per_batch));
}

batch_range batch_range::shuffled(uint64_t seed) const {
  auto out = *this;
  out.seed_ = seed;
  return out;
}

batch_range batch_range::epochs(int64_t n) const {
  if (n < 0)
    reject(errc::invalid_attribute,
           "the number of epochs is negative: " + std::to_string(n));
  auto out = *this;
  out.epochs_ = n;
  return out;
}

batch_range batch_range::full_only() const {
  auto out = *this;
  out.full_only_ = true;
  return out;
}

int64_t batch_range::batches_per_epoch() const noexcept {
  auto whole = rows_.size() / rows_per_batch_;
  auto rest = rows_.size() % rows_per_batch_ != 0 && !full_only_;
  return whole + (rest ? 1 : 0);
}

minibatch batch_range::at(int64_t epoch, int64_t index) const {
  return cut(order_of(epoch), epoch, index);
}

std::vector<int64_t> batch_range::order_of(int64_t epoch) const {
  return seed_ ? permutation(rows_.size(), *seed_, static_cast<uint64_t>(epoch))
               : file_order(rows_.size());
}

minibatch batch_range::cut(const std::vector<int64_t>& order, int64_t epoch,
                           int64_t index) const {
  auto first = index * rows_per_batch_;
  auto n = std::min(rows_per_batch_, rows_.size() - first);
  auto part = rows_.rows(std::span{order}.subspan(static_cast<size_t>(first),
                                                  static_cast<size_t>(n)));
  return {std::move(part.x), std::move(part.y), epoch, index};
}

batch_range::iterator::iterator(const batch_range& range) : range_(&range) {
  load();
}

batch_range::iterator& batch_range::iterator::operator++() {
  ++position_;
  load();
  return *this;
}

void batch_range::iterator::load() {
  if (*this == std::default_sentinel)
    return;
  auto epoch = position_ / range_->batches_per_epoch();
  auto index = position_ % range_->batches_per_epoch();
  if (index == 0)
    order_ = range_->order_of(epoch);
  current_ = range_->cut(order_, epoch, index);
}

} // namespace morph
