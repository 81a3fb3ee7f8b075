// Snippets of docs/io.md that no example holds.

#include <morph/actors/io/asio_io.hpp>
#include <morph/actors/io/batch_stream.hpp>
#include <morph/actors/io/memory_io.hpp>
#include <morph/actors/io/save_file.hpp>
#include <morph/actors/runtime/runtime.hpp>
#include <morph/graph/io/npy.hpp>

#include <catch2/catch.hpp>

#include <filesystem>

namespace {

std::string scratch_file(const std::string& name) {
  return std::filesystem::temp_directory_path() / ("morph_io_page_" + name);
}

// [write]
morph::io_operation<void> write_table(morph::io& io, std::string path,
                                      std::string head, std::string row) {
  auto f = co_await io.open(path, morph::open_mode::truncate);
  if (!f)
    co_return fail(f.error());
  morph::gathered all{head, row};
  co_return co_await f->write(0, std::move(all).repeat_last(1000));
}

// [/write]

} // namespace

TEST_CASE("docs/io.md: a gathered write, the last part repeated") {
  morph::inline_runtime rt;
  auto path = scratch_file("table");
  // [ways]
  auto done = write_table(rt.io(), path, "head", "row").wait();
  std::stop_source stop;
  write_table(rt.io(), path, "head", "row")
    .until(stop.get_token())
    .start([&](morph::result<void> x) { done = x; });
  // [/ways]
  CHECK(done);
  CHECK(std::filesystem::file_size(path) == 4 + 3 * 1000);
  std::filesystem::remove(path);
}

TEST_CASE("docs/io.md: faults") {
  auto text = morph::bytes_of("the new one");
  bool saved = false;
  // [faults]
  morph::manual_timeline clock;
  morph::memory_io disk{clock};
  save_file(disk, "a", "the old one").start([](auto) {});
  clock.run();
  disk.set_faults({.disk_bytes = 15, .short_writes = 0.5});
  save_file(disk, "a", text).start([&](auto x) { saved = x.has_value(); });
  clock.run();
  // [/faults]
  CHECK_FALSE(saved);
  CHECK(disk.text("a") == "the old one");
}

TEST_CASE("docs/io.md: batches that are read ahead") {
  auto examples = scratch_file("examples.npy");
  REQUIRE(
    morph::write_npy(examples, morph::tensor::zeros(morph::f32, {10, 3})));
  morph::asio_io io;
  int64_t rows = 0;
  auto step = [&](const morph::tensor& x) { rows += x.shape()[0]; };
  // [ahead]
  auto source = morph::unwrap(morph::rows_of(io, examples).wait());
  auto batches = source.batches(4).shuffled(7).epochs(2).ahead(2);
  while (auto b = batches.take())
    step(b->x);
  // [/ahead]
  CHECK(rows == 20);
  std::filesystem::remove(examples);
}
