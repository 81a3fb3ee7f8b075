// Where remote pointers inside a payload are going to or coming from.
//
// A link opens a scope around encoding and decoding; the inspectors of remote
// pointers find it. Outside of a scope remote pointers cannot be encoded:
// nobody would know who holds them meanwhile.
//
// Thread-safety: a scope belongs to the thread that opened it.
#pragma once

#include <caf/actor.hpp>

#include <cstdint>

namespace morph {

class transfer_scope {
public:
  /// `store` is this host's store, `link` leads to the other host.
  transfer_scope(const caf::actor& store, const caf::actor& link) noexcept;

  transfer_scope(const transfer_scope&) = delete;
  transfer_scope& operator=(const transfer_scope&) = delete;

  ~transfer_scope();

  /// The innermost scope of this thread; null if there is none.
  static const transfer_scope* current() noexcept;

  const caf::actor& store() const noexcept {
    return store_;
  }

  const caf::actor& link() const noexcept {
    return link_;
  }

private:
  const caf::actor& store_;
  const caf::actor& link_;
  const transfer_scope* outer_;
};

} // namespace morph
