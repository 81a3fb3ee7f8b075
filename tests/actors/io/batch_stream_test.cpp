#include "actors/io/subject.hpp"

#include <morph/actors/io/batch_stream.hpp>
#include <morph/actors/io/row_file.hpp>
#include <morph/graph/io/data.hpp>
#include <morph/graph/io/elements.hpp>
#include <morph/graph/io/idx.hpp>
#include <morph/graph/io/npy.hpp>

using namespace morph;
using namespace morph::test;

namespace {

/// Writes bytes by the io itself.
void put(subject& s, const std::string& name, const std::string& text) {
  auto f = s.get(s.get().open(s.file(name), open_mode::truncate));
  s.get(f.write(0, text));
}

std::string idx_text(uint8_t type, const std::vector<uint32_t>& extents,
                     const std::string& elements) {
  std::string out{'\0', '\0', static_cast<char>(type),
                  static_cast<char>(extents.size())};
  for (auto n : extents)
    for (int i = 3; i >= 0; --i)
      out += static_cast<char>(n >> (8 * i));
  return out + elements;
}

std::string npy_text(const tensor& x) {
  auto raw = x.raw();
  return npy_head(x.type(), x.shape())
         + std::string{reinterpret_cast<const char*>(raw.data()), raw.size()};
}

tensor numbers(const shape& s) {
  auto out = tensor::uninitialised(f32, s);
  for (int64_t i = 0; i < out.elements(); ++i)
    out.mutable_data<float>()[i] = static_cast<float>(i) / 7;
  return out;
}

void check_same(const tensor& x, const tensor& y) {
  REQUIRE(static_cast<bool>(x) == static_cast<bool>(y));
  if (!x)
    return;
  CHECK(x.type() == y.type());
  CHECK(x.shape() == y.shape());
  CHECK(
    std::equal(x.raw().begin(), x.raw().end(), y.raw().begin(), y.raw().end()));
}

void check_same(subject& s, batch_stream xs, const batch_range& ys) {
  CHECK(xs.size() == ys.size());
  for (auto& y : ys) {
    auto x = s.get(xs.next());
    REQUIRE(x);
    CHECK(x->epoch == y.epoch);
    CHECK(x->index == y.index);
    check_same(x->x, y.x);
    check_same(x->y, y.y);
  }
  CHECK_FALSE(s.get(xs.next()));
  CHECK_FALSE(s.get(xs.next()));
}

} // namespace

TEST_CASE("batch_stream: IDX files give the batches of the dataset", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  auto images = idx_text(0x08, {37, 3, 5}, pattern(37 * 15));
  auto labels = idx_text(0x08, {37}, pattern(37));
  put(s, "images", images);
  put(s, "labels", labels);
  dataset whole{unwrap(decode_idx(bytes_of(images))),
                unwrap(to_i64(unwrap(decode_idx(bytes_of(labels))), ""))};
  auto rows = s.get(rows_of(s.get(), s.file("images"), s.file("labels")));
  CHECK(rows.size() == 37);
  check_same(s, rows.batches(8), whole.batches(8));
  check_same(s, rows.batches(8).full_only().ahead(0),
             whole.batches(8).full_only());
  check_same(s,
             rows.scaled(1 / 255.0).batches(5).shuffled(7).epochs(3).ahead(4),
             whole.scaled(1 / 255.0).batches(5).shuffled(7).epochs(3));
  check_same(s, rows.batches(100).shuffled(1).ahead(100),
             whole.batches(100).shuffled(1));
}

TEST_CASE("batch_stream: NPY files give the batches of the dataset", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  dataset whole{numbers({23, 4}), numbers({23})};
  put(s, "x", npy_text(whole.x));
  put(s, "y", npy_text(whole.y));
  auto rows = s.get(rows_of(s.get(), s.file("x"), s.file("y")));
  check_same(s, rows.batches(6).shuffled(3).epochs(2),
             whole.batches(6).shuffled(3).epochs(2));
  auto alone = s.get(rows_of(s.get(), s.file("x")));
  check_same(s, alone.batches(6), dataset{whole.x, {}}.batches(6));
}

TEST_CASE("batch_stream: every element type of IDX", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  for (auto [code, width] : {std::pair{0x08, 1},
                             {0x09, 1},
                             {0x0B, 2},
                             {0x0C, 4},
                             {0x0D, 4},
                             {0x0E, 8}}) {
    INFO(code);
    auto text = idx_text(static_cast<uint8_t>(code), {9, 3},
                         pattern(static_cast<size_t>(27 * width)));
    put(s, "x", text);
    auto rows = s.get(rows_of(s.get(), s.file("x")));
    dataset whole{unwrap(decode_idx(bytes_of(text))), {}};
    check_same(s, rows.batches(2).shuffled(5), whole.batches(2).shuffled(5));
  }
}

TEST_CASE("batch_stream: every element type of NPY", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  for (auto t : {f32, f64, i32, i64, u8, boolean}) {
    INFO(to_string(t));
    auto x = tensor::zeros(t, {11, 2});
    if (t != boolean) {
      auto raw = pattern(x.size_bytes());
      std::copy(bytes_of(raw).begin(), bytes_of(raw).end(), x.mutable_bytes());
    }
    put(s, "x", npy_text(x));
    auto rows = s.get(rows_of(s.get(), s.file("x")));
    check_same(s, rows.batches(4), dataset{x, {}}.batches(4));
  }
}

TEST_CASE("batch_stream: errors are those of the readers", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  auto good = idx_text(0x08, {4, 2}, pattern(8));
  auto array = npy_text(numbers({4, 2}));
  for (auto& text : {std::string{}, std::string{"x"}, std::string{"\0\0", 2},
                     good.substr(0, 6), good.substr(0, good.size() - 1),
                     good + "x", array.substr(0, 5), array.substr(0, 9),
                     array.substr(0, 40), array.substr(0, array.size() - 3),
                     array + "x", std::string{"\x93NUMPX\1\0\x10\0", 10}}) {
    put(s, "x", text);
    auto x = s.run(row_file::open(s.get(), s.file("x")));
    auto name = s.file("x").string();
    auto y = text.starts_with("\x93") ? decode_npy(bytes_of(text), name)
                                      : decode_idx(bytes_of(text), name);
    REQUIRE_FALSE(x);
    REQUIRE_FALSE(y);
    CHECK(x.error().code == y.error().code);
    CHECK(x.error().message == y.error().message);
  }
}

TEST_CASE("batch_stream: a long head is read on", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  std::string head
    = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
  head.resize(20000, ' ');
  auto text
    = std::string{"\x93NUMPY\1\0", 8} + static_cast<char>(head.size() & 0xff)
      + static_cast<char>(head.size() >> 8) + head + std::string(8, '\0');
  put(s, "x", text);
  auto f = s.get(row_file::open(s.get(), s.file("x")));
  CHECK(f.layout().rows() == 2);
  auto x = s.get(f.read({1, 0}));
  CHECK(x.shape() == shape{2});
}

TEST_CASE("batch_stream: a bool that is none is named by its byte", "[io]") {
  subject s{"memory"};
  auto text = npy_text(tensor::zeros(boolean, {8}));
  text[text.size() - 2] = '\2';
  put(s, "x", text);
  auto rows = s.get(rows_of(s.get(), s.file("x")));
  auto xs = rows.batches(4).ahead(0);
  CHECK(s.get(xs.next()));
  auto y = s.run(xs.next());
  REQUIRE_FALSE(y);
  CHECK(y.error().code == errc::malformed_file);
  auto z = decode_npy(bytes_of(text), s.file("x").string());
  CHECK(y.error().message == z.error().message);
}

TEST_CASE("batch_stream: files that differ in rows are refused", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  put(s, "x", idx_text(0x08, {3, 1}, pattern(3)));
  put(s, "y", idx_text(0x08, {2}, pattern(2)));
  auto x = s.run(rows_of(s.get(), s.file("x"), s.file("y")));
  REQUIRE_FALSE(x);
  CHECK(x.error().code == errc::shape_mismatch);
}

TEST_CASE("batch_stream: a table is read through the io", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  std::string text = "a,b,kind\n";
  for (int i = 0; i < 2000; ++i)
    text += std::to_string(i) + "," + std::to_string(i * 0.25) + ","
            + (i % 3 ? "dog" : "cat") + "\n";
  put(s, "t.csv", text);
  auto table = s.get(read_csv(s.get(), s.file("t.csv"), {.predict = "kind"}));
  CHECK(table.classes == std::vector<std::string>{"cat", "dog"});
  CHECK(table.x.shape() == shape{2000, 2});
  dataset whole{table.x, table.y};
  check_same(s, rows_of(whole).batches(64).shuffled(2),
             whole.batches(64).shuffled(2));
  put(s, "t.csv", "a,b\n1,x\n");
  auto bad = s.run(read_csv(s.get(), s.file("t.csv")));
  REQUIRE_FALSE(bad);
  CHECK(bad.error().code == errc::malformed_file);
  CHECK(bad.error().message.find(s.file("t.csv").string()) == 0);
  CHECK(bad.error().message.find("line 2") != std::string::npos);
}

TEST_CASE("batch_stream: looks ahead no further than it may", "[io]") {
  subject s{"memory"};
  put(s, "x", idx_text(0x08, {40, 1}, pattern(40)));
  auto rows = s.get(rows_of(s.get(), s.file("x")));
  auto& disk = static_cast<memory_io&>(s.get());
  auto xs = rows.batches(4).ahead(3);
  auto before = disk.operations();
  CHECK(disk.operations() == before);
  for (uint64_t i = 0; i < 10; ++i) {
    s.get(xs.next());
    CHECK(disk.operations() - before == std::min<uint64_t>(i + 4, 10));
  }
}

TEST_CASE("batch_stream: reads nothing ahead where nothing overlaps", "[io]") {
  subject s{"blocking"};
  put(s, "x", idx_text(0x08, {40, 1}, pattern(40)));
  auto rows = s.get(rows_of(s.get(), s.file("x")));
  CHECK_FALSE(rows.overlaps());
  auto fetched = std::make_shared<int>(0);
  row_source counted{rows.size(), rows.overlaps(),
                     [rows, fetched](std::vector<int64_t> x) {
                       ++*fetched;
                       return rows.rows(std::move(x));
                     }};
  auto xs = counted.batches(4).ahead(3);
  for (int i = 1; i <= 10; ++i) {
    REQUIRE(xs.take());
    CHECK(*fetched == i);
  }
  CHECK_FALSE(xs.take());
}

TEST_CASE("batch_stream: a cancelled wait loses no batch", "[io]") {
  subject s{"memory with faults"};
  auto text = idx_text(0x08, {12, 1}, pattern(12));
  put(s, "x", text);
  auto rows = s.get(rows_of(s.get(), s.file("x")));
  auto xs = rows.batches(4);
  std::stop_source stop;
  begun<std::optional<minibatch>> x{xs.next().until(stop.get_token())};
  stop.request_stop();
  auto y = s.finish(x);
  REQUIRE_FALSE(y);
  CHECK(y.error().code == errc::cancelled);
  dataset whole{unwrap(decode_idx(bytes_of(text))), {}};
  check_same(s, std::move(xs), whole.batches(4));
}

TEST_CASE("batch_stream: after an error the batch is tried again", "[io]") {
  subject s{"memory"};
  auto text = idx_text(0x08, {12, 1}, pattern(12));
  put(s, "x", text);
  auto rows = s.get(rows_of(s.get(), s.file("x")));
  auto& disk = static_cast<memory_io&>(s.get());
  disk.set_faults({.fail_at = disk.operations() + 1});
  auto xs = rows.batches(4).ahead(1);
  CHECK(s.get(xs.next()));
  auto y = s.run(xs.next());
  REQUIRE_FALSE(y);
  CHECK(y.error().code == errc::read_failed);
  CHECK(s.get(xs.next())->index == 1);
  CHECK(s.get(xs.next())->index == 2);
  CHECK_FALSE(s.get(xs.next()));
}

TEST_CASE("batch_stream: dropping it cancels what is read", "[io]") {
  for (auto& name : all_subjects()) {
    subject s{name};
    put(s, "x", idx_text(0x08, {1000, 100}, pattern(100000)));
    auto rows = s.get(rows_of(s.get(), s.file("x")));
    auto xs = rows.batches(10).ahead(50);
    CHECK(s.get(xs.next()));
  }
}

TEST_CASE("batch_stream: asks again from inside a callback", "[io]") {
  subject s{"asio"};
  put(s, "x", idx_text(0x08, {1000, 1}, pattern(1000)));
  auto rows = s.get(rows_of(s.get(), s.file("x")));
  auto xs = rows.batches(2).ahead(3);
  auto all = [](batch_stream& xs) -> io_operation<int64_t> {
    int64_t n = 0;
    for (;;) {
      auto b = co_await xs.next();
      if (!b)
        co_return fail(b.error());
      if (!*b)
        co_return n;
      n += (*b)->x.shape()[0];
    }
  };
  CHECK(s.get(all(xs)) == 1000);
}

TEST_CASE("batch_stream: sizes out of range throw", "[io]") {
  auto rows = rows_of(dataset{numbers({4, 2}), {}});
  CHECK_THROWS_AS(rows.batches(0), failure);
  CHECK_THROWS_AS(rows.batches(2).epochs(-1), failure);
}
