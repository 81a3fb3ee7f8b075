#include <morph/transport/sim/connection.hpp>
#include <morph/transport/sim/network.hpp>
#include <morph/transport/sim/world.hpp>

#include <caf/exit_reason.hpp>

#include <algorithm>

namespace morph::simulation {

namespace {

constexpr uint32_t jitter_levels = 16;

enum kind : uint64_t { arrival = 16, violation, closing };

} // namespace

network::network(world& owner, const network_options& options)
  : world_(owner), options_(options) {
  world_.set_suspicion([this] { return suspects(); });
  world_.add_teller([this] { return pending(); });
}

network::~network() {
  world_.set_suspicion(nullptr);
}

// -- lines ------------------------------------------------------------------------

void network::set_line(size_t from, size_t to, const line_options& x) {
  if (from != any && to != any) {
    lines_[{from, to}] = x;
    return;
  }
  default_ = x;
  lines_.clear();
}

const line_options& network::line(size_t from, size_t to) const {
  auto i = lines_.find({from, to});
  return i == lines_.end() ? default_ : i->second;
}

void network::part(size_t from, size_t to) {
  parted_[{from, to}] = true;
}

void network::heal(size_t from, size_t to) {
  parted_.erase({from, to});
  auto waiting = waiting_.extract(std::pair{from, to});
  if (!waiting.empty())
    for (auto& f : waiting.mapped())
      f();
}

bool network::parted(size_t from, size_t to) const {
  return parted_.contains({from, to});
}

std::string network::name(const connection& c, size_t s) const {
  return c.sides[s].at->name() + "->" + c.sides[1 - s].at->name();
}

int64_t network::jitter(const line_options& x, const std::string& where) {
  if (x.jitter.count() == 0)
    return 0;
  auto level = world_.choices().level(jitter_levels);
  auto out = x.jitter.count() * level / (jitter_levels - 1);
  world_.choices().explain([&] {
    return where + ": a frame takes " + std::to_string(out / 1000)
           + " us longer";
  });
  return out;
}

// -- meeting ------------------------------------------------------------------------

result<uint16_t> network::publish(process& where, const caf::actor& whom,
                                  uint16_t port) {
  if (port == 0)
    port = ++next_port_;
  if (!offers_.try_emplace(port, offer{&where, whom}).second)
    return fail(errc::port_in_use, "somebody else listens there");
  return port;
}

void network::unpublish(uint16_t port) {
  offers_.erase(port);
}

void network::dial(process& from, uint16_t port, dialled done) {
  auto i = offers_.find(port);
  auto* to = i == offers_.end() ? nullptr : i->second.where;
  auto there = to ? to->index() : from.index();
  auto travel = line(from.index(), there).delay.count();
  if (!to || !to->alive()) {
    world_.plan(world_.now() + 2 * travel, weight::foreground,
                [done] { done(nullptr); });
    return;
  }
  auto answer = [this, &from, to, port, done] {
    auto j = offers_.find(port);
    if (!to->alive() || j == offers_.end() || !from.alive())
      return done(nullptr);
    auto c = connect(from, *to);
    auto whom = caf::actor_cast<caf::strong_actor_ptr>(j->second.whom);
    export_actor(c, 1, whom);
    auto back = line(to->index(), from.index()).delay.count();
    world_.plan(world_.now() + back, weight::foreground,
                [this, c, done, id = whom->id()] {
                  done(c->sides[0].open ? import_actor(c, 0, id) : nullptr);
                });
  };
  auto knock = [this, &from, to, travel, answer] {
    world_.plan(world_.now() + travel, weight::foreground, [to, answer] {
      if (to->frozen())
        to->hold_back(answer);
      else
        answer();
    });
  };
  if (parted(from.index(), there) || parted(there, from.index()))
    waiting_[{parted(from.index(), there) ? from.index() : there,
              parted(from.index(), there) ? there : from.index()}]
      .push_back(knock);
  else
    knock();
}

network::connection_ptr network::connect(process& a, process& b) {
  auto c = std::make_shared<connection>();
  c->sides[0].at = &a;
  c->sides[1].at = &b;
  connections_.push_back(c);
  for (size_t s : {0, 1}) {
    c->sides[s].heard = world_.now();
    beat(c, s);
  }
  return c;
}

void network::export_actor(const connection_ptr& c, size_t s,
                           const caf::strong_actor_ptr& x) {
  if (!c->sides[s].exported.try_emplace(x->id(), x).second)
    return;
  compat::when_ended(x, [this, weak = std::weak_ptr{c}, s,
                         id = x->id()](const caf::error& why) {
    auto c = weak.lock();
    if (!c || !c->sides[s].open)
      return;
    frame down{frame::what::ended, {}, 64};
    down.message.from = id;
    down.why = why;
    send(c, s, std::move(down));
  });
}

caf::strong_actor_ptr network::import_actor(const connection_ptr& c, size_t s,
                                            uint64_t id) {
  auto& here = c->sides[s];
  auto& out = here.imported[id];
  if (!out)
    out = compat::make_simulated_proxy(
      here.at->system(), c->sides[1 - s].at->system(), id,
      [this, weak = std::weak_ptr{c}, s](compat::remote_message x,
                                         const caf::strong_actor_ptr& sender) {
        auto c = weak.lock();
        if (!c || !c->sides[s].open)
          return;
        if (sender)
          export_actor(c, s, sender);
        auto bytes = x.bytes.size() + 32;
        send(c, s, frame{frame::what::message, std::move(x), bytes});
      });
  return out;
}

// -- frames -------------------------------------------------------------------------

void network::send(const connection_ptr& c, size_t s, frame x) {
  auto& here = c->sides[s];
  auto& there = c->sides[1 - s];
  auto& l = line(here.at->index(), there.at->index());
  if (x.is == frame::what::message) {
    if (world_.choices().happens(l.cut)) {
      world_.choices().explain([&] { return name(*c, s) + ": cut"; });
      close(c, 0, false);
      return close(c, 1, false);
    }
    if (l.breaks_contract())
      misbehave(c, s, x);
    if (x.lost)
      return;
  }
  auto start = std::max(world_.now(), here.line_free);
  auto takes
    = l.bytes_per_second == 0
        ? 0
        : static_cast<int64_t>(static_cast<double>(x.bytes) * 1e9
                               / static_cast<double>(l.bytes_per_second));
  here.line_free = start + takes;
  auto arrival = here.line_free + l.delay.count();
  if (x.is == frame::what::message)
    arrival += jitter(l, name(*c, s));
  if (!x.overtakes) {
    arrival = std::max(arrival, here.last_arrival);
    here.last_arrival = arrival;
  } else {
    arrival += 2 * l.delay.count() + l.jitter.count();
  }
  if (x.twice)
    fly(c, s, x, arrival);
  fly(c, s, std::move(x), arrival);
}

/// What no carrier may do.
void network::misbehave(const connection_ptr& c, size_t s, frame& x) {
  auto& l = line(c->sides[s].at->index(), c->sides[1 - s].at->index());
  auto& choices = world_.choices();
  auto happens = [&](double chance, const char* what) {
    if (!choices.happens(chance))
      return false;
    choices.explain([&] {
      return name(*c, s) + ": " + what + " " + x.message.type + " of "
             + std::to_string(x.bytes) + " bytes";
    });
    world_.note(name(*c, s), kind::violation, x.bytes,
                [&] { return std::string{what} + ' ' + x.message.type; });
    return true;
  };
  x.lost = happens(l.drop, "loses");
  x.twice = happens(l.duplicate, "repeats");
  x.overtakes = happens(l.reorder, "delays behind others");
  if (x.message.bulk > 0 && happens(l.corrupt, "alters")) {
    auto bits = static_cast<uint32_t>(8 * x.message.bulk);
    auto bit = choices.level(bits);
    auto& bytes = x.message.bytes;
    auto at = bytes.size() - x.message.bulk + bit / 8;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << (bit % 8)));
  }
}

void network::fly(const connection_ptr& c, size_t s, frame x, int64_t arrival) {
  auto from = c->sides[s].at->index();
  auto to = c->sides[1 - s].at->index();
  if (parted(from, to)) {
    auto delay = line(from, to).delay.count();
    waiting_[{from, to}].push_back([this, c, s, x = std::move(x), delay] {
      fly(c, s, x, world_.now() + delay);
    });
    return;
  }
  auto w
    = x.is == frame::what::heartbeat ? weight::background : weight::foreground;
  ++c->under_way[s];
  world_.plan(arrival, w, [this, c, s, x = std::move(x)]() mutable {
    --c->under_way[s];
    arrive(c, 1 - s, x);
  });
}

void network::arrive(const connection_ptr& c, size_t s, frame& x) {
  auto& here = c->sides[s];
  if (!here.at->alive())
    return;
  if (here.at->frozen())
    return here.at->hold_back([this, c, s, x]() mutable { arrive(c, s, x); });
  world_.note(name(*c, 1 - s), kind::arrival,
              static_cast<uint64_t>(x.is) << 48 ^ x.bytes,
              [&] { return x.describe(); });
  if (!here.open) {
    // As the reset that a closed socket answers with.
    if (x.is != frame::what::end)
      send(c, s, frame{frame::what::end, {}, 40});
    return;
  }
  here.heard = world_.now();
  clock_scope scope{here.at};
  switch (x.is) {
    case frame::what::message: {
      auto to = here.exported.find(x.message.to);
      if (to == here.exported.end())
        return;
      auto from
        = x.message.from == 0 ? nullptr : import_actor(c, s, x.message.from);
      compat::deliver(here.at->system(), from, to->second, x.message);
      break;
    }
    case frame::what::ended:
      if (auto y = here.imported.extract(x.message.from); !y.empty())
        compat::end_simulated_proxy(y.mapped(), false, x.why);
      break;
    case frame::what::end:
      close(c, s, false);
      break;
    case frame::what::heartbeat:
      break;
  }
}

// -- end ------------------------------------------------------------------------------

void network::close(const connection_ptr& c, size_t s, bool tell) {
  auto& here = c->sides[s];
  if (!std::exchange(here.open, false))
    return;
  world_.note(name(*c, s), kind::closing, s, [] { return "closes"; });
  auto imported = std::exchange(here.imported, {});
  here.exported.clear();
  if (tell)
    send(c, s, frame{frame::what::end, {}, 40});
  if (here.at->alive()) {
    clock_scope scope{here.at};
    for (auto& [id, x] : imported)
      compat::end_simulated_proxy(x, true, {});
  }
  if (!c->sides[0].open && !c->sides[1].open)
    std::erase(connections_, c);
}

void network::beat(const std::weak_ptr<connection>& weak, size_t s) {
  auto c = weak.lock();
  if (!c || !c->sides[s].open || !c->sides[s].at->alive())
    return;
  auto now = world_.now();
  auto& here = c->sides[s];
  if (!here.at->frozen()) {
    if (now - here.heard > options_.connection_timeout.count())
      return close(c, s, true);
    send(c, s, frame{frame::what::heartbeat, {}, 32});
  }
  world_.plan(now + options_.heartbeat_interval.count(), weight::background,
              [this, weak, s] { beat(weak, s); });
}

void network::abandon(process& x, bool silently) {
  std::erase_if(offers_, [&](auto& y) { return y.second.where == &x; });
  for (auto& c : std::vector{connections_})
    for (size_t s : {0, 1})
      if (c->sides[s].at == &x)
        close(c, s, !silently);
}

bool network::suspects() const {
  return std::any_of(connections_.begin(), connections_.end(), [&](auto& c) {
    for (size_t s : {0, 1}) {
      auto& here = c->sides[s];
      auto& there = c->sides[1 - s];
      if (here.open && here.at->runs()
          && (!there.open || !there.at->runs()
              || parted(there.at->index(), here.at->index())))
        return true;
    }
    return false;
  });
}

std::vector<std::string> network::pending() const {
  std::vector<std::string> out;
  for (auto& c : connections_)
    for (size_t s : {0, 1}) {
      auto where = name(*c, s);
      if (c->under_way[s] > 0)
        out.push_back(where + ": " + std::to_string(c->under_way[s])
                      + " frames on their way");
    }
  for (auto& [line, frames] : waiting_)
    out.push_back(world_.at(line.first).name() + "->"
                  + world_.at(line.second).name() + ": "
                  + std::to_string(frames.size())
                  + " frames wait for the partition to end");
  return out;
}

} // namespace morph::simulation
