#include "scratch_folder.hpp"

#include <morph/graph/error.hpp>
#include <morph/graph/io/data.hpp>
#include <morph/graph/io/dataset.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace morph;
using namespace std::string_literals;

namespace {

/// Row i of x is (i, 10 i), y is i.
dataset counted(int64_t n) {
  auto x = tensor::uninitialised(f32, {n, 2});
  auto y = tensor::uninitialised(i64, {n});
  for (int64_t i = 0; i < n; ++i) {
    x.mutable_data<float>()[2 * i] = static_cast<float>(i);
    x.mutable_data<float>()[2 * i + 1] = static_cast<float>(10 * i);
    y.mutable_data<int64_t>()[i] = i;
  }
  return {x, y};
}

std::vector<int64_t> labels(const tensor& y) {
  auto xs = y.span<int64_t>();
  return {xs.begin(), xs.end()};
}

template <class F>
errc code_of(F f) {
  try {
    f();
  } catch (const failure& x) {
    return x.code();
  }
  return errc::none;
}

} // namespace

TEST_CASE("permutations hold each number once and repeat") {
  for (int64_t n : {0, 1, 2, 7, 1000}) {
    auto a = permutation(n, 1, 2);
    CHECK(a == permutation(n, 1, 2));
    std::sort(a.begin(), a.end());
    for (int64_t i = 0; i < n; ++i)
      REQUIRE(a[static_cast<size_t>(i)] == i);
  }
  CHECK(permutation(100, 1, 2) != permutation(100, 1, 3));
  CHECK(permutation(100, 1, 2) != permutation(100, 2, 2));
}

TEST_CASE("permutations never change between versions") {
  CHECK(permutation(8, 42, 0) == std::vector<int64_t>{3, 4, 7, 6, 5, 0, 1, 2});
}

TEST_CASE("each order is about equally likely") {
  std::vector<int> counts(6);
  for (uint64_t seed = 0; seed < 6000; ++seed) {
    auto p = permutation(3, seed, 0);
    ++counts[static_cast<size_t>(p[0] * 2 + (p[1] > p[2]))];
  }
  for (auto n : counts)
    CHECK((n > 850 && n < 1150));
}

TEST_CASE("batches cover each row once an epoch, x beside its y") {
  auto data = counted(10);
  auto range = data.batches(4).shuffled(7).epochs(3);
  CHECK(range.batches_per_epoch() == 3);
  CHECK(range.size() == 9);
  std::vector<std::vector<int64_t>> epochs(3);
  for (auto& b : range) {
    CHECK(b.x.shape()[0] == (b.index == 2 ? 2 : 4));
    for (int64_t i = 0; i < b.x.shape()[0]; ++i) {
      auto label = b.y.data<int64_t>()[i];
      CHECK(b.x.data<float>()[2 * i] == static_cast<float>(label));
      CHECK(b.x.data<float>()[2 * i + 1] == static_cast<float>(10 * label));
      epochs[static_cast<size_t>(b.epoch)].push_back(label);
    }
  }
  CHECK(epochs[0] != epochs[1]);
  for (auto& e : epochs) {
    CHECK(std::set(e.begin(), e.end()).size() == 10);
    CHECK(e.size() == 10);
  }
}

TEST_CASE("any batch can be had without those before it") {
  auto range = counted(10).batches(3).shuffled(5).epochs(2);
  int64_t n = 0;
  for (auto& b : range) {
    CHECK(range.at(b.epoch, b.index).y.bit_equal(b.y));
    ++n;
  }
  CHECK(n == range.size());
}

TEST_CASE("without a seed batches come in file order, small ones can go") {
  std::vector<int64_t> seen;
  for (auto& b : counted(7).batches(3).full_only())
    for (auto y : labels(b.y))
      seen.push_back(y);
  CHECK(seen == std::vector<int64_t>{0, 1, 2, 3, 4, 5});
}

TEST_CASE("an empty dataset and no epochs give no batches") {
  CHECK(counted(0).batches(3).epochs(2).size() == 0);
  for (auto& b : counted(0).batches(3).epochs(2))
    FAIL("batch " << b.index);
  for (auto& b : counted(2).batches(3).full_only())
    FAIL("batch " << b.index);
  for (auto& b : counted(3).batches(3).epochs(0))
    FAIL("batch " << b.index);
}

TEST_CASE("a split holds each row on one side") {
  auto parts = split(counted(10), 0.75);
  CHECK(labels(parts.train.y) == std::vector<int64_t>{0, 1, 2, 3, 4, 5, 6});
  CHECK(labels(parts.test.y) == std::vector<int64_t>{7, 8, 9});
  auto mixed = split(counted(10), 0.75, 3);
  auto all = labels(mixed.train.y);
  CHECK(all.size() == 7);
  for (auto y : labels(mixed.test.y))
    all.push_back(y);
  CHECK(std::set(all.begin(), all.end()).size() == 10);
  CHECK(labels(split(counted(10), 0.75, 3).train.y) == labels(mixed.train.y));
  CHECK(labels(split(counted(10), 0.75, 4).train.y) != labels(mixed.train.y));
  CHECK(split(counted(4), 1).test.size() == 0);
  CHECK(split(counted(4), 0).train.size() == 0);
}

TEST_CASE("scaling makes integers f32 and leaves y") {
  dataset x{tensor::of<uint8_t>({2}, {0, 255}),
            tensor::of<int64_t>({2}, {1, 2})};
  auto y = x.scaled(1.0 / 255);
  CHECK(y.x.bit_equal(tensor::of<float>({2}, {0, 255 * (1.0f / 255)})));
  CHECK(y.y.bit_equal(x.y));
  dataset d{tensor::of<double>({1}, {3}), {}};
  CHECK(d.scaled(0.5).x.bit_equal(tensor::of<double>({1}, {1.5})));
}

TEST_CASE("sizes out of range are refused with their code") {
  auto x = counted(4);
  CHECK(code_of([&] { x.batches(0); }) == errc::invalid_attribute);
  CHECK(code_of([&] { x.batches(2).epochs(-1); }) == errc::invalid_attribute);
  CHECK(code_of([&] { split(x, 1.5); }) == errc::invalid_attribute);
  CHECK(code_of([&] { split(x, 0.0 / 0.0); }) == errc::invalid_attribute);
  x.y = tensor::zeros(i64, {3});
  CHECK(code_of([&] { x.batches(2); }) == errc::shape_mismatch);
  CHECK(code_of([&] {
          split(dataset{tensor{1.0}, {}}, 0.5);
        })
        == errc::shape_mismatch);
}

TEST_CASE("the digits are read in one line") {
  auto digits = data::csv(MORPH_SOURCE_DIR "/data/optdigits/optdigits.csv")
                  .scaled(1.0 / 16)
                  .label("digit");
  CHECK(digits.train.size() == 1437);
  CHECK(digits.test.size() == 360);
  CHECK(digits.train.x.type() == f32);
  CHECK(digits.train.y.type() == i64);
  int64_t rows = 0;
  for (auto& batch : digits.train.batches(64).shuffled(1).epochs(2))
    rows += batch.x.shape()[0];
  CHECK(rows == 2 * 1437);
}

TEST_CASE("tables for regression, IDX and NPY are read in one line") {
  scratch_folder folder;
  auto table = folder.write("t.csv", "a;y\n1;2\n3;4\n5;6\n");
  auto line = data::csv(table).separator(';').train_on(0.7).in_file_order();
  auto parts = line.target("y");
  CHECK(parts.train.y.bit_equal(tensor::of<float>({2}, {2, 4})));
  CHECK(parts.test.x.bit_equal(tensor::of<float>({1, 1}, {5})));
  CHECK(line.all().x.shape() == shape{3, 2});
  auto images = folder.write("i", "\0\0\x08\2\0\0\0\2\0\0\0\1\5\6"s);
  auto classes = folder.write("l", "\0\0\x08\1\0\0\0\2\1\0"s);
  CHECK(
    data::idx(images, classes).y.bit_equal(tensor::of<int64_t>({2}, {1, 0})));
  CHECK(code_of([&] { data::idx(classes, folder.path() / "none"); })
        == errc::cannot_open);
  auto short_one = folder.write("s", "\0\0\x08\1\0\0\0\1\1"s);
  CHECK(code_of([&] { data::idx(images, short_one); }) == errc::shape_mismatch);
  CHECK(code_of([&] { data::csv(table).label("none"); }) == errc::unknown_name);
}
