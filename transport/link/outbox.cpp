#include <morph/transport/link/outbox.hpp>

#include <algorithm>
#include <exception>

namespace morph {

namespace {

/// A head that has grown beyond this is sent as it is.
constexpr size_t full_head_bytes = batch::max_head / 2;

/// The least that a throttled chunk has.
constexpr uint64_t least_chunk = 4096;

/// The error of a payload that `wire::put` refused.
error why_not(const value& payload) {
  try {
    byte_writer f;
    auto x = encode_value(payload, f);
    if (!x)
      return x.error();
  } catch (const std::exception& x) {
    return {errc::not_serialisable, x.what()};
  }
  return {errc::not_serialisable, "a payload cannot leave this process"};
}

/// An error must fit into a frame, whatever user code has put into it.
void shorten(error& x) {
  constexpr size_t longest = 16 << 10;
  for (auto* text : {&x.message, &x.node, &x.where.file, &x.fix})
    if (text->size() > longest)
      text->resize(longest);
}

forward without_payload(const forward& x) {
  return {x.to, x.port, x.step, x.version, {}, x.flags};
}

backward without_payload(const backward& x) {
  return {x.to, x.slot, x.step, x.version, {}};
}

control without_payload(const control& x) {
  return {x.to, x.request, x.verb, {}};
}

control_reply without_payload(const control_reply& x) {
  return {x.request, x.ok, {}};
}

} // namespace

outbox::outbox(const link_options& x)
  : threshold_(std::min<size_t>(x.bulk_threshold, full_head_bytes / 2)),
    chunk_size_(std::clamp<size_t>(x.chunk_size, 1, batch::max_body)),
    window_(x.bulk_window), max_payload_(x.max_payload), kept_(x.cache_bytes) {
  // nop
}

void outbox::limit_to(const peer_limits& x) {
  max_payload_ = std::min(max_payload_, x.max_payload);
  kept_.set_limit(x.cache_bytes);
}

result<void> outbox::add(const forward& x, int64_t now) {
  if ((x.flags & forward::stable) != 0) {
    if (auto bytes = kept_.find({x.to, x.port}, x.version)) {
      ++counters_.elided;
      counters_.elided_bytes += bytes;
      return add_small(
        wire::unchanged{x.to, x.port, x.step, x.version, x.flags}, now);
    }
  }
  return add_with_payload(x, x.payload, now);
}

result<void> outbox::add(const backward& x, int64_t now) {
  return add_with_payload(x, x.cotangent, now);
}

result<void> outbox::add(const control& x, int64_t now) {
  return add_blob(x, x.body, now);
}

result<void> outbox::add(const control_reply& x, int64_t now) {
  return add_blob(x, x.body, now);
}

result<void> outbox::add(const failed& x, int64_t now) {
  auto y = x;
  shorten(y.what);
  return add_small(y, now);
}

void outbox::add_goodbye(error why, int64_t now) {
  shorten(why);
  (void)add_small(wire::goodbye{std::move(why)}, now);
}

void outbox::forget(uint32_t deployment, int64_t now) {
  kept_.forget(deployment);
  add_small(wire::forget_all{deployment}, now);
}

template <class T>
result<void> outbox::add_with_payload(const T& x, const value& payload,
                                      int64_t now) {
  if (tensor::holds(payload)) {
    auto t = tensor::from(payload);
    if (t.size_bytes() > threshold_) {
      wire::announcement what;
      what.bytes = t.size_bytes();
      what.as = wire::announcement::form::tensor;
      what.type = t.type();
      what.extents = t.shape();
      auto held = std::make_shared<const tensor>(t);
      return announce(x, std::move(what), blob{held->raw(), held},
                      keep_flag(x, t.size_bytes(), now), now);
    }
    auto flags = keep_flag(x, t.size_bytes(), now);
    open_head(now);
    auto ok = wire::put(writer_, x, flags);
    close_frame();
    return ok;
  }
  byte_writer f;
  if (payload) {
    try {
      if (!encode_value(payload, f))
        return fail(why_not(payload));
    } catch (const std::exception&) {
      return fail(why_not(payload));
    }
  }
  auto bytes = f.take();
  auto flags = keep_flag(x, bytes.size(), now);
  if (bytes.size() > threshold_) {
    wire::announcement what;
    what.bytes = bytes.size();
    return announce(x, std::move(what), blob{std::move(bytes)}, flags, now);
  }
  // Encoded once: a handle inside is in transfer once.
  open_head(now);
  auto ok = payload ? wire::put(writer_, without_payload(x), bytes, flags)
                    : wire::put(writer_, x, flags);
  close_frame();
  return ok;
}

template <class T>
result<void> outbox::add_blob(const T& x, const blob& body, int64_t now) {
  if (body.size() <= threshold_)
    return add_small(x, now);
  wire::announcement what;
  what.bytes = body.size();
  return announce(x, std::move(what), body, 0, now);
}

template <class T>
result<void> outbox::announce(const T& x, wire::announcement what, blob bytes,
                              uint8_t flags, int64_t now) {
  if (bytes.size() > max_payload_)
    return fail(errc::frame_too_large, "a payload of "
                                         + std::to_string(bytes.size())
                                         + " bytes is larger than the limit of "
                                         + std::to_string(max_payload_));
  what.transfer = next_transfer_++;
  queued_bulk_ += bytes.size();
  bulk_.push_back({what.transfer, std::move(bytes), 0, 0});
  open_head(now);
  auto ok = wire::put(
    writer_, wire::announced<T>{without_payload(x), std::move(what)}, flags);
  close_frame();
  return ok;
}

template <class T>
uint8_t outbox::keep_flag(const T& x, uint64_t bytes, int64_t now) {
  if constexpr (std::is_same_v<T, forward>) {
    if ((x.flags & forward::stable) == 0 || bytes > max_payload_)
      return 0;
    std::vector<sent_payloads::key> evicted;
    auto kept = kept_.add({x.to, x.port}, x.version, bytes, evicted);
    for (auto& [to, port] : evicted)
      add_small(wire::forget{to, port}, now);
    return kept ? wire::keep : 0;
  } else {
    return 0;
  }
}

void outbox::on_ack(uint64_t bytes, int64_t now) {
  // A peer cannot return more than it was given.
  bulk_acked_ += std::min(bytes, bulk_sent_ - bulk_acked_);
  meter_.on_acknowledged(bulk_acked_, now);
}

void outbox::on_header(const wire::batch_header& x, int64_t now,
                       bool has_frames) {
  owes_echo_ = owes_echo_ || has_frames;
  if (static_cast<int32_t>(x.echo_sequence - confirmed_sequence_) > 0)
    confirmed_sequence_ = x.echo_sequence;
  meter_.on_echo(x.echo_sequence, x.echo_hold_ns, now);
  received_sequence_ = x.sequence;
  received_ns_ = now;
}

std::optional<batch> outbox::next(int64_t now) {
  prepay();
  if (bucket_.wait(now) > 0)
    return std::nullopt;
  if (!full_.empty()) {
    auto x = std::move(full_.front());
    full_.pop_front();
    return finish(std::move(x.bytes), {}, x.queued_ns, now);
  }
  if (!writer_.bytes().empty())
    return finish(writer_.take(), {}, opened_ns_, now);
  return next_chunk(now);
}

/// A slow line is busy with a batch before it arrives, not behind it: so the
/// batch that takes long is the one that is measured to.
void outbox::prepay() {
  if (bucket_.rate() == 0 || prepaid_ > 0)
    return;
  prepaid_
    = full_.empty() ? writer_.bytes().size() : full_.front().bytes.size();
  bucket_.spend(prepaid_);
}

batch outbox::echo(int64_t now) {
  return finish(std::vector<std::byte>(wire::batch_header::size), {}, now, now);
}

int64_t outbox::throttled_for(int64_t now) {
  auto waiting = !full_.empty() || !writer_.bytes().empty() || !bulk_.empty();
  return waiting ? bucket_.wait(now) : 0;
}

void outbox::set_rate(uint64_t bytes_per_second, int64_t now) {
  bucket_.set_rate(bytes_per_second, now);
  prepaid_ = 0;
}

void outbox::report(link_stats& x) {
  x.out = counters_;
  x.latency_seconds = meter_.latency();
  x.bytes_per_second = meter_.bandwidth();
  x.queued_bytes = queued_bulk_ + writer_.bytes().size();
  for (auto& head : full_)
    x.queued_bytes += head.bytes.size();
  x.unacknowledged = bulk_sent_ - bulk_acked_;
  x.cached_bytes_out = kept_.bytes();
  x.samples = meter_.drain();
}

void outbox::open_head(int64_t now) {
  if (!writer_.bytes().empty())
    return;
  writer_.bytes().resize(wire::batch_header::size);
  opened_ns_ = now;
}

void outbox::close_frame() {
  ++counters_.frames;
  if (writer_.bytes().size() > full_head_bytes)
    full_.push_back({writer_.take(), opened_ns_});
}

batch outbox::finish(std::vector<std::byte> head, blob body, int64_t queued_ns,
                     int64_t now) {
  wire::batch_header h;
  h.sequence = ++sequence_;
  h.echo_sequence = received_sequence_;
  h.echo_hold_ns
    = received_sequence_ > 0 ? static_cast<uint64_t>(now - received_ns_) : 0;
  owes_echo_ = false;
  if (head.size() > wire::batch_header::size || !body.empty())
    framed_sequence_ = sequence_;
  wire::put(head, h);
  auto bytes = head.size() + body.size();
  // Chunks queue behind each other: acknowledged transfers measure them.
  if (body.empty())
    meter_.on_sent(sequence_, bytes, queued_ns);
  auto paid = std::min<uint64_t>(prepaid_, bytes);
  prepaid_ -= paid;
  bucket_.spend(bytes - paid);
  ++counters_.batches;
  counters_.bytes += bytes;
  counters_.bulk_bytes += body.size();
  return {blob{std::move(head)}, std::move(body)};
}

std::optional<batch> outbox::next_chunk(int64_t now) {
  if (bulk_.empty())
    return std::nullopt;
  auto& x = bulk_.front();
  uint64_t n = std::min<uint64_t>(chunk_size_, x.bytes.size() - x.offset);
  // A slow link must not be busy for long when something small comes.
  if (bucket_.rate() > 0)
    n = std::min(n, std::max(bucket_.rate() / 100, least_chunk));
  auto under_way = bulk_sent_ - bulk_acked_;
  if (under_way > 0 && under_way + n > window_)
    return std::nullopt;
  if (x.offset == 0)
    x.started_ns = now;
  byte_writer f;
  f.bytes().resize(wire::batch_header::size);
  // Three numbers always can be written.
  (void)wire::put(f, wire::chunk{x.id, x.offset, static_cast<uint32_t>(n)});
  auto body = x.bytes.slice(x.offset, n);
  x.offset += n;
  bulk_sent_ += n;
  queued_bulk_ -= n;
  ++counters_.frames;
  if (x.offset == x.bytes.size()) {
    meter_.on_transfer_sent(x.bytes.size(), bulk_sent_, x.started_ns);
    bulk_.pop_front();
  }
  return finish(f.take(), std::move(body), now, now);
}

} // namespace morph
