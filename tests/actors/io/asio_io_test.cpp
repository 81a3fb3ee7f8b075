#include "actors/io/subject.hpp"
#include "support/sanitizers.hpp"

#include <morph/actors/io/asio_io.hpp>

#include <boost/asio/io_context.hpp>
#include <unistd.h>

#include <fstream>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>

using namespace morph;
using namespace morph::test;
using namespace std::chrono_literals;

namespace {

std::span<std::byte> writable(std::string& x) {
  return std::as_writable_bytes(std::span{x});
}

/// Threads of this process, but for those of the kernel behind io_uring.
size_t threads() {
  size_t n = 0;
  for (auto& x : std::filesystem::directory_iterator{"/proc/self/task"}) {
    std::ifstream in{x.path() / "comm"};
    std::string name;
    in >> name;
    if (!name.starts_with("iou-"))
      ++n;
  }
  return n;
}

/// Bytes of memory of this process.
size_t resident() {
  std::ifstream in{"/proc/self/statm"};
  size_t all = 0, here = 0;
  in >> all >> here;
  return here * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

io_operation<std::string> talk(io& x) {
  auto door = co_await x.listen();
  if (!door)
    co_return fail(door.error());
  auto client = co_await x.connect(door->where());
  if (!client)
    co_return fail(client.error());
  auto server = co_await door->accept();
  if (!server)
    co_return fail(server.error());
  co_await x.wait_for(1ms);
  co_await client->write(std::string_view{"over a loop of somebody\n"});
  co_await client->flush();
  co_return co_await server->read_until('\n');
}

} // namespace

TEST_CASE("asio_io: says whether files go through io_uring", "[io]") {
  asio_io with, without{{.io_uring = false}};
  CHECK_FALSE(without.uses_io_uring());
  WARN("io_uring: " << (with.uses_io_uring() ? "yes" : "no"));
}

TEST_CASE("asio_io: a user's loop gets no thread of ours", "[io]") {
  subject place{"blocking"};
  boost::asio::io_context loop;
  auto before = threads();
  asio_io io{loop, {.io_uring = GENERATE(true, false)}};
  begun<std::string> x{talk(io)};
  CHECK_FALSE(x.done());
  loop.run();
  CHECK(*x.outcome() == "over a loop of somebody");
  auto copy = [](morph::io& x, std::filesystem::path p) -> io_operation<int> {
    auto f = co_await x.open(p, open_mode::write);
    if (!f)
      co_return fail(f.error());
    co_await f->write(0, "text");
    co_await f->sync();
    co_return int((co_await f->read_all())->size());
  };
  begun<int> y{copy(io, place.file("a"))};
  CHECK_FALSE(y.done());
  loop.restart();
  loop.run();
  CHECK(*y.outcome() == 4);
  CHECK(threads() == before);
}

TEST_CASE("asio_io: a user's loop ends when nothing is left to do", "[io]") {
  boost::asio::io_context loop;
  asio_io io{loop};
  loop.run();
  CHECK(loop.stopped());
}

TEST_CASE("asio_io: several threads may run one loop", "[io]") {
  asio_io io{{.threads = 3}};
  std::vector<begun<std::string>> all;
  for (int i = 0; i < 50; ++i)
    all.emplace_back(talk(io));
  for (auto& x : all) {
    REQUIRE(x.wait());
    CHECK(*x.outcome() == "over a loop of somebody");
  }
}

TEST_CASE("asio_io: its end completes what waits, and refuses the rest",
          "[io]") {
  std::string in(8, '\0');
  std::vector<begun<size_t>> read;
  std::vector<begun<stream>> accept;
  listener door;
  stream client, server;
  {
    asio_io io;
    door = *io.listen().wait();
    client = *io.connect(door.where()).wait();
    server = *door.accept().wait();
    read.emplace_back(server.read_some(writable(in)));
    accept.emplace_back(door.accept());
  }
  REQUIRE(read.back().done());
  REQUIRE(accept.back().done());
  CHECK(read.back().outcome().error().code == errc::cancelled);
  CHECK(accept.back().outcome().error().code == errc::cancelled);
  auto late = client.read_some(writable(in)).wait();
  CHECK(late.error().code == errc::cancelled);
  client.close();
}

TEST_CASE("asio_io: on a user's loop its end is told when that runs", "[io]") {
  boost::asio::io_context loop;
  std::vector<begun<void>> x;
  {
    asio_io io{loop};
    x.emplace_back(io.wait_for(1h));
  }
  CHECK_FALSE(x.back().done());
  loop.run();
  CHECK(x.back().outcome().error().code == errc::cancelled);
}

TEST_CASE("asio_io: ten thousand idle connections cost 8 KB each at most",
          "[io][slow]") {
  constexpr size_t count = 10000;
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_max < count + 100) {
    WARN("skipped: not enough file descriptors");
    return;
  }
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  int port[2];
  REQUIRE(::pipe(port) == 0);
  // The clients are another process, which starts before there are threads.
  auto child = ::fork();
  if (child == 0) {
    ::close(port[1]);
    uint16_t at = 0;
    if (::read(port[0], &at, sizeof(at)) != sizeof(at))
      ::_exit(1);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(at);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (size_t i = 0; i < count; ++i) {
      auto fd = ::socket(AF_INET, SOCK_STREAM, 0);
      if (::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof(to)) != 0)
        ::_exit(1);
    }
    // Until the parent closes its end.
    static_cast<void>(::read(port[0], &at, 1));
    ::_exit(0);
  }
  {
    asio_io io;
    auto door = *io.listen().wait();
    auto at = door.where().port;
    REQUIRE(::write(port[1], &at, sizeof(at)) == sizeof(at));
    std::vector<stream> streams;
    std::vector<begun<size_t>> reads;
    streams.reserve(count);
    reads.reserve(count);
    std::string in(1, '\0');
    streams.push_back(*door.accept().wait());
    auto before = resident();
    while (streams.size() < count)
      streams.push_back(*door.accept().wait());
    for (auto& x : streams)
      reads.emplace_back(x.read_some(writable(in)));
    io.wait_for(10ms).wait();
    auto each = (resident() - before) / (count - 1);
    WARN("bytes of each idle connection: " << each);
    if (!test::under_sanitizer) // they add memory of their own
      CHECK(each <= 8192);
  }
  ::close(port[1]);
  ::close(port[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
}
