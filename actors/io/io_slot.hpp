// The `io` of a runtime: made when it is first asked for, or the user's.
//
// Thread-safety: all members may be called from any thread.
#pragma once

#include <functional>
#include <memory>
#include <mutex>

namespace morph {

class io;

class io_slot {
public:
  io_slot();
  ~io_slot();

  /// The one in use; `make` is called if there is none yet.
  io& get(const std::function<std::unique_ptr<io>()>& make);

  /// REQUIRES: none is in use.
  void use(io& x);

private:
  std::mutex mutex_;
  std::unique_ptr<io> own_;
  io* used_ = nullptr;
};

} // namespace morph
