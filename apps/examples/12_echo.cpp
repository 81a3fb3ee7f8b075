// Files and sockets of the runtime that a program is given: two saves that may
// overlap, and a server that must run beside its client, or is refused.
//
//   echo ── "hello\n" ──> serve ── "hello\n" ──> echo

#include <morph/actors/io/save_file.hpp>
#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/actors/task/tasks.hpp>

#include <filesystem>
#include <iostream>

// [save]
morph::task<void> save(morph::context& self, std::string path,
                       std::string text) {
  unwrap(co_await save_file(self.io(), path, text)); // all of it, or nothing
}

morph::task<void> save_two(morph::context& self, std::string folder) {
  morph::scope s{self};
  s.branch(save, folder + "/one.txt", "1");
  s.branch(save, folder + "/two.txt", "2");
  co_await s.join();
}

// [/save]
// [echo]
morph::task<void> serve(morph::context&, morph::listener door) {
  auto peer = unwrap(co_await door.accept());
  auto line = unwrap(co_await peer.read_until('\n'));
  unwrap(co_await peer.write(morph::gathered{line, "\n"}));
  unwrap(co_await peer.flush());
}

morph::task<std::string> echo(morph::context& self, std::string text) {
  auto door = unwrap(co_await self.io().listen());
  morph::scope s{self};
  s.concurrent(serve, door);
  auto peer = unwrap(co_await self.io().connect(door.where()));
  unwrap(co_await peer.write(morph::gathered{text, "\n"}));
  unwrap(co_await peer.flush());
  co_return unwrap(co_await peer.read_until('\n'));
}

// [/echo]

void show(morph::runtime& rt) {
  run(rt, save_two, std::filesystem::temp_directory_path().string());
  auto answer = try_run(rt, echo, std::string{"hello"});
  std::cout << (answer ? *answer : answer.error().message) << '\n';
}

int main() {
  morph::inline_runtime a;
  show(a);
  morph::thread_runtime b{2};
  show(b);
}

// $ 12_echo
// it needs to run beside its owner, and 'inline' runs one thing after the other
// hello
