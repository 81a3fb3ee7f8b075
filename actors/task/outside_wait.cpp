#include <morph/actors/task/branch_core.hpp>
#include <morph/actors/task/external_core.hpp>
#include <morph/actors/task/outside_wait.hpp>
#include <morph/actors/task/task_runtime.hpp>

namespace morph::tasks {

namespace {

class held_wait final : public external_core, public suspension {
public:
  explicit held_wait(branch_core& me) : external_core(*me.home()) {
    holds_on = true;
    waiter = this;
    home().runtime().note_away(1);
  }

  void resume() {
    auto& rt = home().runtime();
    if (!claim())
      return;
    fire();
    rt.note_away(-1);
  }

  void detach() noexcept override {
    // nop
  }

  void ask_to_end() noexcept override {
    stop_.request_stop();
  }

  std::stop_token token() const noexcept {
    return stop_.get_token();
  }

  std::string what() const override {
    return "an operation outside";
  }

private:
  std::stop_source stop_;
};

/// Counts references as a function object must.
struct resumer {
  explicit resumer(held_wait& x) noexcept : wait(&x) {
    // nop
  }

  resumer(const resumer& x) noexcept : wait(x.wait) {
    wait->add_ref();
  }

  resumer& operator=(const resumer&) = delete;

  ~resumer() {
    wait->release();
  }

  void operator()() const {
    wait->resume();
  }

  held_wait* wait;
};

} // namespace

outside_wait wait_outside(branch_core& me, std::coroutine_handle<> h) {
  auto* x = new held_wait{me};
  me.suspend(*x, h);
  if (me.interrupted())
    x->ask_to_end();
  return {x->token(), resumer{*x}};
}

} // namespace morph::tasks
