#include <morph/actors/io/memory_sockets.hpp>

#include <algorithm>

namespace morph {

namespace {

using detail::memory_world;
using world_ptr = std::shared_ptr<memory_world>;
using byte_ptr = std::shared_ptr<byte_device>;

/// One direction of a connection.
struct pipe {
  static constexpr size_t capacity = size_t{1} << 16;

  std::deque<std::byte> bytes;
  bool ended = false;  ///< The writer has finished.
  bool broken = false; ///< The reader is gone.
  memory_world::waiting readers;
  memory_world::waiting writers;
};

using pipe_ptr = std::shared_ptr<pipe>;

class memory_socket final : public byte_device {
public:
  memory_socket(world_ptr world, std::string name, pipe_ptr in, pipe_ptr out)
    : world_(std::move(world)), life_(world_->life), name_(std::move(name)),
      in_(std::move(in)), out_(std::move(out)),
      closed_(std::make_shared<bool>(false)) {
    // nop
  }

  ~memory_socket() override {
    memory_socket::close();
  }

  const std::string& name() const noexcept override {
    return name_;
  }

  void read_some(std::span<std::byte> out, std::stop_token stop,
                 io_callback<size_t> done) override {
    world_->begin<size_t>({life_, name_, errc::read_failed, &in_->readers},
                          std::move(stop), std::move(done),
                          [world = world_, in = in_, closed = closed_,
                           out]() -> std::optional<result<size_t>> {
                            if (*closed)
                              return io_cancelled();
                            auto n = std::min(out.size(), in->bytes.size());
                            if (n == 0 && !in->ended && !out.empty())
                              return std::nullopt;
                            n = world->shortened(n, world->faults.short_reads);
                            auto end = in->bytes.begin()
                                       + static_cast<std::ptrdiff_t>(n);
                            std::copy(in->bytes.begin(), end, out.begin());
                            in->bytes.erase(in->bytes.begin(), end);
                            in->writers.wake(*world->clock);
                            return n;
                          });
  }

  void write_some(std::span<const const_bytes> parts, std::stop_token stop,
                  io_callback<size_t> done) override {
    world_->begin<size_t>(
      {life_, name_, errc::write_failed, &out_->writers}, std::move(stop),
      std::move(done),
      [world = world_, out = out_, closed = closed_, parts,
       name = name_]() -> std::optional<result<size_t>> {
        if (*closed)
          return io_cancelled();
        if (out->broken)
          return fail(errc::connection_lost, name + ": the peer has closed");
        auto room = pipe::capacity - out->bytes.size();
        if (room == 0)
          return std::nullopt;
        size_t all = 0;
        for (auto& x : parts)
          all += x.size();
        auto n
          = world->shortened(std::min(all, room), world->faults.short_writes);
        auto left = n;
        for (auto& x : parts) {
          auto part = x.first(std::min(left, x.size()));
          out->bytes.insert(out->bytes.end(), part.begin(), part.end());
          left -= part.size();
        }
        out->readers.wake(*world->clock);
        return n;
      });
  }

  void finish_writing() override {
    out_->ended = true;
    out_->readers.wake(*world_->clock);
  }

  void close() override {
    if (std::exchange(*closed_, true))
      return;
    finish_writing();
    in_->broken = true;
    in_->readers.wake(*world_->clock);
    in_->writers.wake(*world_->clock);
    out_->writers.wake(*world_->clock);
  }

private:
  world_ptr world_;
  uint64_t life_;
  std::string name_;
  pipe_ptr in_;
  pipe_ptr out_;
  std::shared_ptr<bool> closed_;
};

} // namespace

/// Where connections arrive.
struct memory_network::door {
  struct guest {
    endpoint from;
    pipe_ptr in;
    pipe_ptr out;
  };

  endpoint where;
  bool closed = false;
  std::deque<guest> guests;
  memory_world::waiting acceptors;
};

result<std::shared_ptr<memory_network::door>> memory_network::open(
  endpoint where) {
  if (where.port == 0)
    where.port = next_port();
  auto& slot = doors_[to_string(where)];
  if (auto x = slot.lock(); x && !x->closed)
    return fail(errc::port_in_use, "cannot listen at " + to_string(where)
                                     + ": Address already in use");
  auto out = std::make_shared<door>();
  out->where = where;
  slot = out;
  return out;
}

std::shared_ptr<memory_network::door> memory_network::find(
  const endpoint& where) {
  auto i = doors_.find(to_string(where));
  auto out = i != doors_.end() ? i->second.lock() : nullptr;
  return out && !out->closed ? out : nullptr;
}

namespace {

class memory_door final : public listener_device {
public:
  memory_door(world_ptr world, std::shared_ptr<memory_network::door> at)
    : world_(std::move(world)), life_(world_->life), door_(std::move(at)) {
    // nop
  }

  ~memory_door() override {
    memory_door::close();
  }

  const endpoint& where() const noexcept override {
    return door_->where;
  }

  void accept(std::stop_token stop, io_callback<byte_ptr> done) override {
    world_->begin<byte_ptr>(
      {life_, to_string(door_->where), errc::read_failed, &door_->acceptors},
      std::move(stop), std::move(done),
      [world = world_, door = door_]() -> std::optional<result<byte_ptr>> {
        if (door->closed)
          return io_cancelled();
        if (door->guests.empty())
          return std::nullopt;
        auto x = std::move(door->guests.front());
        door->guests.pop_front();
        return std::make_shared<memory_socket>(
          world, to_string(x.from), std::move(x.in), std::move(x.out));
      });
  }

  void close() override {
    door_->closed = true;
    for (auto& x : std::exchange(door_->guests, {})) {
      x.in->broken = true;
      x.out->ended = true;
      x.in->writers.wake(*world_->clock);
      x.out->readers.wake(*world_->clock);
    }
    door_->acceptors.wake(*world_->clock);
  }

private:
  world_ptr world_;
  uint64_t life_;
  std::shared_ptr<memory_network::door> door_;
};

} // namespace

std::shared_ptr<memory_network> make_memory_network() {
  return std::make_shared<memory_network>();
}

std::shared_ptr<listener_device> detail::memory_listener(
  world_ptr world, std::shared_ptr<memory_network::door> at) {
  return std::make_shared<memory_door>(std::move(world), std::move(at));
}

void detail::memory_connect(world_ptr world,
                            std::shared_ptr<memory_network> network,
                            endpoint from, const endpoint& to,
                            std::stop_token stop, io_callback<byte_ptr> done) {
  auto& w = *world;
  w.begin<byte_ptr>(
    {w.life, to_string(to), errc::host_unreachable}, std::move(stop),
    std::move(done),
    [world, network, from, to]() mutable -> std::optional<result<byte_ptr>> {
      auto door = network->find(to);
      if (!door)
        return fail(errc::host_unreachable, "cannot connect to " + to_string(to)
                                              + ": Connection refused");
      from.port = network->next_port();
      auto there = std::make_shared<pipe>();
      auto back = std::make_shared<pipe>();
      door->guests.push_back({from, there, back});
      door->acceptors.wake(*world->clock);
      return std::make_shared<memory_socket>(world, to_string(to), back, there);
    });
}

} // namespace morph
