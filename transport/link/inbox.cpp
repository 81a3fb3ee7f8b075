#include <morph/transport/link/inbox.hpp>

#include <cstring>
#include <exception>

namespace morph {

namespace {

auto violation(const char* what) {
  return fail(errc::protocol_violation, what);
}

/// What a payload costs in the books of both ends.
uint64_t cost_of(const value& x, size_t encoded) {
  return tensor::holds(x) ? as_tensor(x).size_bytes() : encoded;
}

/// Bytes of a forward's body before its payload.
constexpr size_t forward_head = 8 + 4 + 8 + 8 + 1;

} // namespace

inbox::inbox(const link_options& x)
  : max_payload_(x.max_payload), max_incoming_(x.max_incoming),
    cache_bytes_(x.cache_bytes) {
  // nop
}

result<wire::batch_header> inbox::accept(const batch& x,
                                         std::vector<delivery>& out) {
  if (x.head.size() > batch::max_head || x.body.size() > batch::max_body)
    return violation("a batch is too large");
  byte_reader f{x.head.bytes()};
  auto header = wire::get_batch_header(f);
  if (!header)
    return header;
  if (header->sequence != sequence_ + 1)
    return violation("a batch is missing or repeated");
  sequence_ = header->sequence;
  ++counters_.batches;
  counters_.bytes += x.head.size() + x.body.size();
  counters_.bulk_bytes += x.body.size();
  if (auto ok = accept_frames(f, x.body, out); !ok)
    return fail(std::move(ok.error()));
  return header;
}

// Before its use in a generic lambda, where clang 16 would not instantiate it.
template <class T>
result<void> inbox::begin(wire::announced<T>& x, uint8_t flags) {
  auto& what = x.what;
  if (what.bytes == 0 || what.bytes > max_payload_)
    return violation("an announced payload is too large");
  if (what.bytes > max_incoming_ - incoming_)
    return violation("too many announced payloads");
  if (what.transfer == 0 || transfers_.contains(what.transfer))
    return violation("a transfer is announced twice");
  transfer t;
  try {
    if (what.as == wire::announcement::form::tensor)
      t.elements = tensor::uninitialised(what.type, what.extents);
    else
      t.bytes = std::make_shared_for_overwrite<std::byte[]>(what.bytes);
  } catch (const std::exception&) {
    return violation("there is no memory for an announced payload");
  }
  if constexpr (std::is_same_v<T, forward>) {
    if ((flags & wire::keep) != 0) {
      auto& m = x.message;
      auto ok
        = keep({m.to, m.port}, {m.version, what.bytes, {}, what.transfer});
      if (!ok)
        return ok;
    }
  }
  incoming_ += what.bytes;
  t.message = std::move(x.message);
  t.what = what;
  transfers_.emplace(what.transfer, std::move(t));
  return {};
}

result<void> inbox::accept_frames(byte_reader& f, const blob& body,
                                  std::vector<delivery>& out) {
  auto body_used = body.empty();
  while (f.remaining() > 0) {
    auto x = wire::get(f);
    if (!x)
      return fail(std::move(x.error()));
    ++counters_.frames;
    auto visitor = [&]<class T>(T& content) -> result<void> {
      if constexpr (std::is_same_v<T, forward>) {
        return handle(content, *x, out);
      } else if constexpr (std::is_same_v<T, wire::unchanged>) {
        return handle(content, out);
      } else if constexpr (
        std::is_same_v<T,
                       wire::forget> || std::is_same_v<T, wire::forget_all>) {
        return handle(content);
      } else if constexpr (std::is_same_v<T, wire::chunk>) {
        if (body_used || f.remaining() > 0)
          return violation("a chunk is not the end of its batch");
        body_used = true;
        return handle(content, body, out);
      } else if constexpr (requires { content.what.transfer; }) {
        return begin(content, x->flags);
      } else {
        out.emplace_back(std::move(content));
        return {};
      }
    };
    if (auto ok = std::visit(visitor, x->content); !ok)
      return ok;
  }
  if (!body_used)
    return violation("bulk bytes without a chunk");
  return {};
}

result<void> inbox::handle(forward& x, const wire::frame& f,
                           std::vector<delivery>& out) {
  if ((f.flags & wire::keep) != 0) {
    auto bytes = cost_of(x.payload, f.bytes - forward_head);
    auto ok = keep({x.to, x.port}, {x.version, bytes, x.payload, 0});
    if (!ok)
      return ok;
  }
  out.emplace_back(std::move(x));
  return {};
}

result<void> inbox::handle(wire::unchanged& x, std::vector<delivery>& out) {
  auto i = kept_.find({x.to, x.port});
  if (i == kept_.end() || i->second.version != x.version)
    return violation("'unchanged' names a payload that is not kept");
  ++counters_.elided;
  counters_.elided_bytes += i->second.bytes;
  if (auto id = i->second.transfer; id != 0)
    transfers_.at(id).waiting.push_back(x);
  else
    out.emplace_back(
      forward{x.to, x.port, x.step, x.version, i->second.payload, x.flags});
  return {};
}

result<void> inbox::handle(const wire::forget& x) {
  if (auto i = kept_.find({x.to, x.port}); i != kept_.end())
    drop(i);
  return {};
}

result<void> inbox::handle(const wire::forget_all& x) {
  auto i = kept_.lower_bound({make_address(x.deployment, 0), 0});
  while (i != kept_.end() && deployment_of(i->first.first) == x.deployment)
    drop(i++);
  return {};
}

result<void> inbox::handle(const wire::chunk& x, const blob& body,
                           std::vector<delivery>& out) {
  auto i = transfers_.find(x.transfer);
  if (i == transfers_.end())
    return violation("a chunk of an unknown transfer");
  auto& t = i->second;
  if (x.bytes != body.size() || x.offset != t.received
      || x.bytes > t.what.bytes - t.received)
    return violation("a chunk is out of place");
  std::memcpy(t.memory() + t.received, body.data(), body.size());
  t.received += body.size();
  credit_ += body.size();
  if (t.received < t.what.bytes)
    return {};
  incoming_ -= t.what.bytes;
  auto done = std::move(t);
  transfers_.erase(i);
  complete(done, out);
  return {};
}

void inbox::complete(transfer& x, std::vector<delivery>& out) {
  std::span<const std::byte> bytes{x.memory(), x.what.bytes};
  value payload = x.elements;
  auto is_value = x.message.index() < 2;
  if (is_value && !payload) {
    byte_reader f{bytes};
    try {
      if (!apply_value(f, payload) || f.remaining() > 0)
        payload = make_value<undecodable>(
          error{errc::protocol_violation, "a payload is malformed"});
    } catch (const std::exception& e) {
      payload = make_value<undecodable>(
        error{errc::protocol_violation,
              std::string{"a payload is malformed: "} + e.what()});
    }
  }
  if (auto* m = std::get_if<forward>(&x.message)) {
    m->payload = payload;
    auto i = kept_.find({m->to, m->port});
    if (i != kept_.end() && i->second.transfer == x.what.transfer) {
      i->second.payload = payload;
      i->second.transfer = 0;
    }
  } else if (auto* m = std::get_if<backward>(&x.message)) {
    m->cotangent = payload;
  } else if (auto* m = std::get_if<control>(&x.message)) {
    m->body = blob{bytes, std::move(x.bytes)};
  } else if (auto* m = std::get_if<control_reply>(&x.message)) {
    m->body = blob{bytes, std::move(x.bytes)};
  }
  out.emplace_back(std::move(x.message));
  for (auto& y : x.waiting)
    out.emplace_back(
      forward{y.to, y.port, y.step, y.version, payload, y.flags});
}

result<void> inbox::keep(const key& k, kept x) {
  if (auto i = kept_.find(k); i != kept_.end())
    drop(i);
  if (x.bytes > cache_bytes_ - kept_bytes_)
    return violation("the peer asks to keep more than it may");
  kept_bytes_ += x.bytes;
  kept_.emplace(k, std::move(x));
  return {};
}

void inbox::drop(std::map<key, kept>::iterator i) {
  kept_bytes_ -= i->second.bytes;
  kept_.erase(i);
}

void inbox::report(link_stats& x) const {
  x.in = counters_;
  x.cached_bytes_in = kept_bytes_;
}

} // namespace morph
