// Joins the stop tokens that several callers give to one operation.
//
// Thread-safety: `stop_set` none; a link may be ended while a stop is
// requested elsewhere.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

namespace morph::detail {

/// Requests a stop when either of two tokens does.
class stop_link {
public:
  stop_link(std::stop_token x, std::stop_token y) {
    x_.emplace(std::move(x), request{&source_});
    y_.emplace(std::move(y), request{&source_});
  }

  std::stop_token token() const noexcept {
    return source_.get_token();
  }

  /// Forgets both tokens.
  void end() noexcept {
    x_.reset();
    y_.reset();
  }

private:
  struct request {
    std::stop_source* source;

    void operator()() const noexcept {
      // What is stopped may destroy the link; this keeps its state alive.
      auto x = *source;
      x.request_stop();
    }
  };

  std::stop_source source_;
  std::optional<std::stop_callback<request>> x_, y_;
};

class stop_set {
public:
  void add(std::stop_token x) {
    if (!x.stop_possible() || x == token_)
      return;
    if (!token_.stop_possible()) {
      token_ = std::move(x);
      return;
    }
    // An earlier link stays alive behind the callbacks of the new one.
    auto inner = std::move(link_);
    auto* raw = new stop_link{std::move(token_), std::move(x)};
    link_
      = std::shared_ptr<stop_link>{raw, [inner](stop_link* y) { delete y; }};
    token_ = raw->token();
  }

  bool requested() const noexcept {
    return token_.stop_requested();
  }

  const std::stop_token& token() const noexcept {
    return token_;
  }

  std::shared_ptr<stop_link> take_link() noexcept {
    return std::move(link_);
  }

private:
  std::stop_token token_;
  std::shared_ptr<stop_link> link_;
};

} // namespace morph::detail
