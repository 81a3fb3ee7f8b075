#include <morph/actors/io/io.hpp>
#include <morph/actors/io/io_slot.hpp>

namespace morph {

io_slot::io_slot() {
  // nop
}

io_slot::~io_slot() {
  // nop
}

io& io_slot::get(const std::function<std::unique_ptr<io>()>& make) {
  std::lock_guard guard{mutex_};
  if (!used_) {
    own_ = make();
    used_ = own_.get();
  }
  return *used_;
}

void io_slot::use(io& x) {
  std::lock_guard guard{mutex_};
  used_ = &x;
}

} // namespace morph
