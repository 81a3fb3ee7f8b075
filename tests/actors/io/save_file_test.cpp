#include "actors/io/subject.hpp"

#include <morph/actors/io/save_file.hpp>

#include <set>
#include <sys/stat.h>

using namespace morph;
using namespace morph::test;

namespace {

const std::string old_text = "what was saved before";

/// A disk with an old file that is safe.
struct world {
  manual_timeline clock;
  memory_io disk{clock};

  world() {
    REQUIRE(save(old_text));
    REQUIRE(disk.text("a") == old_text);
  }

  result<void> finish(const begun<void>& x) {
    clock.run();
    REQUIRE(x.done());
    CHECK(x.completions() == 1);
    return x.outcome();
  }

  result<void> save(const std::string& text) {
    return finish(begun<void>{save_file(disk, "a", text)});
  }

  /// The file is the one or the other as a whole.
  void check_whole(const std::string& new_text) {
    auto text = disk.text("a");
    REQUIRE(text);
    CHECK((*text == old_text || *text == new_text));
  }
};

/// Operations that one save takes if nothing goes wrong.
uint64_t operations_of(const std::string& text) {
  world w;
  auto before = w.disk.operations();
  REQUIRE(w.save(text));
  return w.disk.operations() - before;
}

} // namespace

TEST_CASE("save_file: makes and replaces a file", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  auto text = pattern(200000);
  s.get(save_file(s.get(), s.file("a"), "old"));
  CHECK(s.text(s.file("a")) == "old");
  s.get(save_file(s.get(), s.file("a"), {"head", text}));
  CHECK(s.text(s.file("a")) == "head" + text);
  CHECK(s.files() == std::vector<std::string>{"a"});
}

TEST_CASE("save_file: nothing is a file too", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  s.get(save_file(s.get(), s.file("a"), {}));
  CHECK(s.files() == std::vector<std::string>{"a"});
  CHECK(s.text(s.file("a")).empty());
}

TEST_CASE("save_file: two savers of one file leave one of theirs", "[io]") {
  MORPH_EACH_IO(s, overlapping_subjects);
  auto x = pattern(100000), y = std::string(120000, 'y');
  begun<void> a{save_file(s.get(), s.file("a"), x)};
  begun<void> b{save_file(s.get(), s.file("a"), y)};
  CHECK(s.finish(a));
  CHECK(s.finish(b));
  auto text = s.text(s.file("a"));
  CHECK((text == x || text == y));
  CHECK(s.files() == std::vector<std::string>{"a"});
}

TEST_CASE("save_file: two saves may overlap or not", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  begun<void> a{save_file(s.get(), s.file("a"), "one")};
  begun<void> b{save_file(s.get(), s.file("b"), "two")};
  CHECK(s.finish(a));
  CHECK(s.finish(b));
  CHECK(s.text(s.file("a")) == "one");
  CHECK(s.text(s.file("b")) == "two");
}

TEST_CASE("save_file: keeps permissions, follows links", "[io]") {
  for (auto name : {"blocking", "asio"}) {
    subject s{name};
    s.get(save_file(s.get(), s.file("a"), "old"));
    ::chmod(s.file("a").c_str(), 0640);
    std::filesystem::create_symlink("a", s.file("link"));
    s.get(save_file(s.get(), s.file("link"), "new"));
    CHECK(s.text(s.file("a")) == "new");
    CHECK(std::filesystem::is_symlink(s.file("link")));

    struct stat info {};

    REQUIRE(::stat(s.file("a").c_str(), &info) == 0);
    CHECK((info.st_mode & 07777) == 0640);
  }
}

TEST_CASE("save_file: a folder that is not there is named", "[io]") {
  for (auto name : {"blocking", "asio"}) {
    subject s{name};
    auto p = s.file("nowhere") / "a";
    auto x = s.run(save_file(s.get(), p, "x"));
    REQUIRE_FALSE(x);
    CHECK(x.error().code == errc::write_failed);
    CHECK(x.error().message.find(p.string()) != std::string::npos);
    CHECK_FALSE(s.run(save_file(s.get(), s.file(""), "x")));
  }
}

TEST_CASE("save_file: a fault at any point leaves the old file or the new",
          "[io]") {
  auto text = pattern(1000);
  auto n = operations_of(text);
  REQUIRE(n >= 5);
  for (uint64_t k = 0; k < n; ++k) {
    INFO("operation " << k);
    world w;
    w.disk.set_faults({.fail_at = w.disk.operations() + k});
    auto x = w.save(text);
    w.check_whole(text);
    CHECK((*w.disk.text("a") == text) == x.has_value());
    if (!x) {
      CHECK(x.error().code == errc::write_failed);
      CHECK(w.disk.files().size() == 1); // The draft is gone.
    }
  }
}

TEST_CASE("save_file: a disk that is full at any byte leaves the old file",
          "[io]") {
  auto text = pattern(300);
  for (uint64_t room = 0; room <= text.size(); ++room) {
    INFO(room << " bytes");
    world w;
    w.disk.set_faults({.disk_bytes = old_text.size() + room});
    auto x = w.save(text);
    CHECK(x.has_value() == (room >= text.size()));
    CHECK(*w.disk.text("a") == (x ? text : old_text));
    CHECK(w.disk.files().size() == 1);
    if (!x)
      CHECK(x.error().message.find("No space left") != std::string::npos);
  }
}

TEST_CASE("save_file: short writes at any point make no difference", "[io]") {
  auto text = pattern(300);
  for (uint64_t seed = 0; seed < 50; ++seed) {
    world w;
    io_faults f;
    f.seed = seed;
    f.short_writes = 1;
    manual_timeline clock;
    memory_io disk{clock, f};
    begun<void> x{save_file(disk, "a", text)};
    clock.run();
    CHECK(x.outcome());
    CHECK(*disk.text("a") == text);
  }
}

TEST_CASE("save_file: a crash at any point leaves the old file or the new",
          "[io]") {
  auto text = pattern(1000);
  auto short_writes = GENERATE(0.0, 1.0);
  // Each save may take another number of operations: go on until one is done
  // before the crash.
  std::set<std::string> seen;
  uint64_t points = 0;
  auto complete = false;
  for (uint64_t k = 0; !complete; ++k) {
    uint64_t names = 0;
    do
      for (uint64_t writes : {0, 1, 2, 100}) {
        INFO("operation " << k << ", names " << names << ", writes " << writes);
        world w;
        w.disk.set_faults(
          {.crash_at = w.disk.operations() + k, .short_writes = short_writes});
        auto x = w.save(text);
        complete = x.has_value();
        w.disk.set_faults({});
        auto most = w.disk.unsynced_names();
        if (names > most)
          break;
        w.disk.restart({.names = names, .writes = writes, .bytes = 13});
        w.check_whole(text);
        // What was reported as saved is saved.
        if (x)
          CHECK(*w.disk.text("a") == text);
        seen.insert(*w.disk.text("a"));
        ++points;
        // And the next save works, whatever the last one left.
        REQUIRE(w.save("next"));
        CHECK(*w.disk.text("a") == "next");
      }
    while (++names < 4);
  }
  CHECK(seen.size() == 2);
  CHECK(points > 40);
}

TEST_CASE("save_file: a saver that does not sync is found out", "[io]") {
  // The enumeration above is worth something only if it finds this.
  auto careless = [](io& x, std::string text) -> io_operation<void> {
    auto d = co_await x.draft("a");
    co_await d->content.write(0, text);
    co_return co_await x.rename(d->path, d->target);
  };
  world w;
  auto text = pattern(1000);
  REQUIRE(w.finish(begun<void>{careless(w.disk, text)}));
  w.disk.restart({.names = 2, .writes = 0});
  CHECK(w.disk.text("a") == "");
}

TEST_CASE("save_file: cancelled at any point it leaves one whole file",
          "[io]") {
  auto text = pattern(1000);
  auto n = operations_of(text);
  uint64_t saved = 0;
  for (uint64_t k = 0; k <= n; ++k) {
    INFO("after " << k << " operations");
    world w;
    std::stop_source stop;
    auto begin = w.disk.operations();
    begun<void> x{save_file(w.disk, "a", text).until(stop.get_token())};
    while (w.disk.operations() < begin + k && w.clock.run_one())
      ; // Until that many were asked for.
    stop.request_stop();
    auto y = w.finish(x);
    w.check_whole(text);
    CHECK((*w.disk.text("a") == text) == y.has_value());
    CHECK(w.disk.files().size() == 1);
    if (y)
      ++saved;
    else
      CHECK(y.error().code == errc::cancelled);
  }
  CHECK(saved > 0);
  CHECK(saved < n);
}

TEST_CASE("save_file: cancelling on real disks leaves one whole file", "[io]") {
  for (auto name : {"asio", "asio without io_uring"}) {
    subject s{name};
    auto text = pattern(1 << 20);
    s.get(save_file(s.get(), s.file("a"), old_text));
    for (int i = 0; i < 20; ++i) {
      std::stop_source stop;
      begun<void> x{
        save_file(s.get(), s.file("a"), text).until(stop.get_token())};
      s.get(s.get().wait_for(std::chrono::microseconds{i * 100}));
      stop.request_stop();
      auto y = s.finish(x);
      auto now = s.text(s.file("a"));
      CHECK((now == old_text || now == text));
      if (y)
        CHECK(now == text);
      CHECK(s.files() == std::vector<std::string>{"a"});
    }
  }
}
