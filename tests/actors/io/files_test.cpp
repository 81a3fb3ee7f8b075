// What all implementations promise about files.

#include "actors/io/subject.hpp"

#include <cstring>

using namespace morph;
using namespace morph::test;

namespace {

std::string text_of(const std::vector<std::byte>& x) {
  return {reinterpret_cast<const char*>(x.data()), x.size()};
}

std::span<std::byte> writable(std::string& x) {
  return std::as_writable_bytes(std::span{x});
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("io: a new file is empty", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  auto f = s.get(s.get().open(s.file("a"), open_mode::write));
  CHECK(s.get(f.size()) == 0);
  CHECK(s.get(f.read_all()).empty());
}

TEST_CASE("io: what was written is read back", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  auto f = s.get(s.get().open(s.file("a"), open_mode::create));
  auto text = pattern(100000);
  s.get(f.write(0, text));
  CHECK(s.get(f.size()) == text.size());
  CHECK(text_of(s.get(f.read_all())) == text);
  CHECK(s.text(s.file("a")) == text);
}

TEST_CASE("io: a file opened for reading holds what another wrote", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  {
    auto f = s.get(s.get().open(s.file("a"), open_mode::write));
    s.get(f.write(0, "hello"));
  }
  auto f = s.get(s.get().open(s.file("a")));
  CHECK(text_of(s.get(f.read_all())) == "hello");
}

TEST_CASE("io: reading at an offset", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  auto text = pattern(5000);
  auto f = s.get(s.get().open(s.file("a"), open_mode::write));
  s.get(f.write(0, text));
  std::string out(1000, '\0');
  CHECK(s.get(f.read(1234, writable(out))) == 1000);
  CHECK(out == text.substr(1234, 1000));
}

TEST_CASE("io: a read stops where the file ends", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  auto f = s.get(s.get().open(s.file("a"), open_mode::write));
  s.get(f.write(0, "0123456789"));
  std::string out(100, '\0');
  CHECK(s.get(f.read(4, writable(out))) == 6);
  CHECK(out.substr(0, 6) == "456789");
  CHECK(s.get(f.read(10, writable(out))) == 0);
  CHECK(s.get(f.read(1000, writable(out))) == 0);
}

TEST_CASE("io: reading nothing reads nothing", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  auto f = s.get(s.get().open(s.file("a"), open_mode::write));
  CHECK(s.get(f.read(0, {})) == 0);
  s.get(f.write(0, gathered{}));
  s.get(f.write(0, std::string_view{}));
  CHECK(s.get(f.size()) == 0);
}

TEST_CASE("io: read_exactly names what is missing", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  auto f = s.get(s.get().open(s.file("a"), open_mode::write));
  s.get(f.write(0, "0123456789"));
  CHECK(text_of(s.get(f.read_exactly(2, 8))) == "23456789");
  auto x = s.run(f.read_exactly(5, 6));
  REQUIRE_FALSE(x);
  CHECK(x.error().code == errc::truncated_file);
  CHECK(has(x.error().message, s.file("a").string()));
  CHECK(has(x.error().message, "5 are left"));
}

TEST_CASE("io: read_exactly allocates nothing that cannot come", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  auto f = s.get(s.get().open(s.file("a"), open_mode::write));
  auto x = s.run(f.read_exactly(0, uint64_t{1} << 60));
  REQUIRE_FALSE(x);
  CHECK(x.error().code == errc::truncated_file);
}

TEST_CASE("io: writing beyond the end leaves zeros between", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  auto f = s.get(s.get().open(s.file("a"), open_mode::write));
  s.get(f.write(0, "ab"));
  s.get(f.write(5, "cd"));
  CHECK(s.text(s.file("a")) == std::string("ab\0\0\0cd", 7));
}

TEST_CASE("io: writing over what is there keeps the rest", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  auto f = s.get(s.get().open(s.file("a"), open_mode::write));
  s.get(f.write(0, "0123456789"));
  s.get(f.write(3, "abc"));
  CHECK(s.text(s.file("a")) == "012abc6789");
}

TEST_CASE("io: a gathered write puts its parts one after the other", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  auto f = s.get(s.get().open(s.file("a"), open_mode::write));
  auto a = pattern(3), b = pattern(70000), c = pattern(11);
  s.get(f.write(2, {a, const_bytes{}, b, c}));
  CHECK(s.text(s.file("a")) == std::string(2, '\0') + a + b + c);
}

TEST_CASE("io: more parts than one call takes", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  auto text = pattern(3000);
  std::vector<const_bytes> parts;
  for (size_t i = 0; i < 1000; ++i)
    parts.push_back(bytes_of(std::string_view{text}.substr(3 * i, 3)));
  auto f = s.get(s.get().open(s.file("a"), open_mode::write));
  s.get(f.write(0, parts));
  CHECK(s.text(s.file("a")) == text);
}

TEST_CASE("io: the last part is repeated", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  // Shorter than a block, as long as many, and longer.
  auto size = GENERATE(size_t{1}, size_t{7}, size_t{4096}, size_t{100000});
  auto head = pattern(10), tail = pattern(size);
  auto f = s.get(s.get().open(s.file("a"), open_mode::write));
  s.get(f.write(0, gathered{head, tail}.repeat_last(37)));
  auto expected = head;
  for (int i = 0; i < 37; ++i)
    expected += tail;
  CHECK(s.text(s.file("a")) == expected);
}

TEST_CASE("io: a zero is repeated a million times without copies", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  auto f = s.get(s.get().open(s.file("a"), open_mode::write));
  s.get(f.write(0, gathered{std::string_view{"\0", 1}}.repeat_last(1000000)));
  CHECK(s.text(s.file("a")) == std::string(1000000, '\0'));
}

TEST_CASE("io: nothing is repeated zero times", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  auto f = s.get(s.get().open(s.file("a"), open_mode::write));
  s.get(f.write(0, gathered{"head", "tail"}.repeat_last(0)));
  CHECK(s.text(s.file("a")) == "head");
}

TEST_CASE("io: opening what is not there fails with path and reason", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  auto x = s.run(s.get().open(s.file("nowhere")));
  REQUIRE_FALSE(x);
  CHECK(x.error().code == errc::cannot_open);
  CHECK(has(x.error().message, s.file("nowhere").string()));
  CHECK(has(x.error().message, "No such file"));
  CHECK(s.files().empty());
}

TEST_CASE("io: create refuses a file that is there", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  s.get(s.get().open(s.file("a"), open_mode::create));
  auto x = s.run(s.get().open(s.file("a"), open_mode::create));
  REQUIRE_FALSE(x);
  CHECK(x.error().code == errc::cannot_open);
  CHECK(has(x.error().message, "exists"));
}

TEST_CASE("io: write keeps and truncate drops what was there", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  auto f = s.get(s.get().open(s.file("a"), open_mode::write));
  s.get(f.write(0, "0123"));
  auto g = s.get(s.get().open(s.file("a"), open_mode::write));
  CHECK(s.get(g.size()) == 4);
  auto h = s.get(s.get().open(s.file("a"), open_mode::truncate));
  CHECK(s.get(h.size()) == 0);
}

TEST_CASE("io: rename replaces, remove removes", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  for (std::string name : {"a", "b"}) {
    auto f = s.get(s.get().open(s.file(name), open_mode::write));
    s.get(f.write(0, name));
    s.get(f.sync());
  }
  s.get(s.get().rename(s.file("a"), s.file("b")));
  CHECK(s.files() == std::vector<std::string>{"b"});
  CHECK(s.text(s.file("b")) == "a");
  s.get(s.get().sync_folder(s.file("")));
  s.get(s.get().remove(s.file("b")));
  CHECK(s.files().empty());
}

TEST_CASE("io: renaming and removing what is not there fails", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  auto x = s.run(s.get().rename(s.file("a"), s.file("b")));
  auto y = s.run(s.get().remove(s.file("c")));
  REQUIRE_FALSE(x);
  REQUIRE_FALSE(y);
  CHECK(x.error().code == errc::write_failed);
  CHECK(has(x.error().message, s.file("a").string()));
  CHECK(y.error().code == errc::write_failed);
  CHECK(has(y.error().message, s.file("c").string()));
}

TEST_CASE("io: an open file outlives its name", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  auto f = s.get(s.get().open(s.file("a"), open_mode::write));
  s.get(f.write(0, "kept"));
  s.get(s.get().remove(s.file("a")));
  CHECK(text_of(s.get(f.read_all())) == "kept");
}

TEST_CASE("io: a file that is read only cannot be written", "[io]") {
  for (auto name : {"blocking", "asio", "asio without io_uring"}) {
    subject s{name};
    INFO(name);
    s.get(s.get().open(s.file("a"), open_mode::create));
    auto f = s.get(s.get().open(s.file("a")));
    auto x = s.run(f.write(0, "x"));
    REQUIRE_FALSE(x);
    CHECK(x.error().code == errc::write_failed);
    CHECK(has(x.error().message, s.file("a").string()));
  }
}

TEST_CASE("io: a folder and a device are no files", "[io]") {
  for (auto name : {"blocking", "asio", "asio without io_uring"}) {
    subject s{name};
    INFO(name);
    auto x = s.run(s.get().open(s.file("")));
    REQUIRE_FALSE(x);
    CHECK(x.error().code == errc::cannot_open);
    auto y = s.run(s.get().open("/dev/null"));
    REQUIRE_FALSE(y);
    CHECK(has(y.error().message, "not a regular file"));
  }
}

TEST_CASE("io: a full disk takes what fits, then names its reason", "[io]") {
  subject s{"memory"};
  static_cast<memory_io&>(s.get()).set_faults({.disk_bytes = 10});
  auto f = s.get(s.get().open(s.file("a"), open_mode::write));
  auto x = s.run(f.write(0, "0123456789ab"));
  REQUIRE_FALSE(x);
  CHECK(x.error().code == errc::write_failed);
  CHECK(has(x.error().message, "No space left"));
  CHECK(s.text(s.file("a")) == "0123456789");
}

TEST_CASE("io: a sequential file reads through a buffer", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  auto text = pattern(20000);
  auto f = s.get(s.get().open(s.file("a"), open_mode::write));
  s.get(f.write(0, text));
  auto in = f.sequential(10);
  std::string out;
  for (;;) {
    std::string piece(7, '\0');
    auto n = s.get(in.read_some(writable(piece)));
    if (n == 0)
      break;
    out += piece.substr(0, n);
  }
  CHECK(out == text.substr(10));
}

TEST_CASE("io: a sequential file writes through a buffer", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  auto text = pattern(20000);
  auto f = s.get(s.get().open(s.file("a"), open_mode::write));
  auto out = f.sequential();
  s.get(out.write(std::string_view{text}.substr(0, 3)));
  CHECK(s.text(s.file("a")).empty());
  for (size_t i = 3; i < 15000; i += 3)
    s.get(out.write(std::string_view{text}.substr(i, 3)));
  s.get(out.write(std::string_view{text}.substr(15000)));
  s.get(out.flush());
  CHECK(s.text(s.file("a")) == text);
}

TEST_CASE("io: many reads of one file overlap", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  auto text = pattern(100 * 1000);
  auto f = s.get(s.get().open(s.file("a"), open_mode::write));
  s.get(f.write(0, text));
  std::vector<std::string> out(100, std::string(1000, '\0'));
  std::vector<begun<size_t>> all;
  for (size_t i = 0; i < out.size(); ++i)
    all.emplace_back(f.read(1000 * i, writable(out[i])));
  for (size_t i = 0; i < out.size(); ++i) {
    CHECK(*s.finish(all[i]) == 1000);
    CHECK(out[i] == text.substr(1000 * i, 1000));
  }
}

TEST_CASE("io: what was stopped before its start does nothing", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  std::stop_source stop;
  stop.request_stop();
  auto f = s.get(s.get().open(s.file("a"), open_mode::write));
  auto x = s.run(f.write(0, "x").until(stop.get_token()));
  REQUIRE_FALSE(x);
  CHECK(x.error().code == errc::cancelled);
  auto y = s.run(
    s.get().open(s.file("b"), open_mode::write).until(stop.get_token()));
  REQUIRE_FALSE(y);
  CHECK(y.error().code == errc::cancelled);
  CHECK(s.text(s.file("a")).empty());
  CHECK(s.files() == std::vector<std::string>{"a"});
}
