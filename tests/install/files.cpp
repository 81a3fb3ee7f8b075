// files <path>: a task writes a file and reads it; exits with 0 if it could, on
// the caller's thread and on others.

#include <morph/actors/io/asio_io.hpp>
#include <morph/actors/io/batch_stream.hpp>
#include <morph/actors/io/memory_io.hpp>
#include <morph/actors/io/save_file.hpp>
#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/actors/task/tasks.hpp>

#ifdef BOOST_VERSION
#  error "headers other than those of the bridge bring Boost"
#endif

morph::task<size_t> save_and_read(morph::context& self, std::string path) {
  unwrap(co_await save_file(self.io(), path, "text"));
  auto f = unwrap(co_await self.io().open(path));
  auto bytes = unwrap(co_await f.read_all());
  co_return bytes.size();
}

int main(int, char** argv) {
  std::string path = argv[1];
  morph::inline_runtime here;
  morph::thread_runtime threads{1};
  return run(here, save_and_read, path) == 4
             && run(threads, save_and_read, path) == 4
           ? 0
           : 1;
}
