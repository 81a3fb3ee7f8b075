#include <morph/transport/store/store_actor.hpp>
#include <morph/transport/store/transfer_scope.hpp>

#include <exception>

namespace morph {

namespace {

error stale(const char* what) {
  return {errc::stale_pointer, what};
}

error gone(const std::string& owner) {
  if (owner.empty())
    return stale("there is no link to the owner of the object");
  return {errc::stale_pointer,
          "host '" + owner + "', which owns the object, is gone"};
}

/// Encodes a value that goes over `link`; handles in it are in transfer.
bool encode_for(const caf::actor& self, const caf::actor& link, byte_writer& f,
                const value& x) {
  transfer_scope scope{self, link};
  try {
    return apply_value(f, x);
  } catch (const std::exception&) {
    return false;
  }
}

bool decode_from(const caf::actor& self, const caf::actor& link, byte_reader& f,
                 value& x) {
  transfer_scope scope{self, link};
  try {
    return apply_value(f, x) && !(x && x.get_if<undecodable>());
  } catch (const std::exception&) {
    return false;
  }
}

blob pack(auto... xs) {
  byte_writer f;
  (f.apply(xs), ...);
  return blob{f.take()};
}

} // namespace

store_core::store_core(caf::event_based_actor* self, uint64_t identity)
  : self_(self), identity_(identity) {
  // nop
}

caf::behavior store_core::make_behavior() {
  using kind = operation::kind;
  return {
    [this](const create_object& x) { on(x); },
    [this](const release_object& x) { on(x); },
    [this](const adopt_object& x) { on(x); },
    [this](const begin_transfer& x) {
      transfers_.emplace(x.token, transfer{x.object, x.link});
    },
    [this](const read_object& x) {
      auto promise = self_->make_response_promise();
      submit({kind::read, x.object, {}, promise});
      return promise;
    },
    [this](const write_object& x) {
      auto promise = self_->make_response_promise();
      submit({kind::write, x.object, x.payload, promise});
      return promise;
    },
    [this](const prefetch_object& x) {
      submit({kind::prefetch, x.object, {}, {}});
    },
    [this](const control& x) { on(x); },
    [this](const control_reply& x) { on(x); },
    [this](const link_up& x) {
      if (x.peer.store != 0)
        links_.insert_or_assign(x.peer.store, x.link);
    },
    [this](const link_down& x) { on(x); },
    [this](const get_store_counts&) { return counts(); },
  };
}

// -- handles --------------------------------------------------------------------

void store_core::on(const create_object& x) {
  owned_.emplace(x.id, owned{x.payload, 1, 1, {}});
}

void store_core::on(const release_object& x) {
  if (x.name.owner == identity_) {
    if (auto i = owned_.find(x.name.id); i != owned_.end()) {
      --i->second.handles;
      sweep(i);
    }
  } else if (auto i = borrowed_.find(x.name); i != borrowed_.end()) {
    --i->second.handles;
    sweep(i);
  }
}

void store_core::on(const adopt_object& x) {
  std::vector<arrival> one{{x.token, x.link}};
  if (x.name.owner == identity_) {
    if (auto i = owned_.find(x.name.id); i != owned_.end())
      ++i->second.handles;
    confirm(one);
    return;
  }
  auto [i, added] = borrowed_.try_emplace(x.name);
  auto& y = i->second;
  ++y.handles;
  if (added) {
    if (auto link = link_to(x.name.owner))
      ask(link, x.name, store_verb::acquire, pack(x.name.id));
    else
      y.lease = borrowed::state::lost;
  }
  if (y.lease == borrowed::state::acquiring)
    y.arrivals.push_back(one[0]);
  else
    confirm(one);
}

void store_core::confirm(std::vector<arrival>& xs) {
  for (auto& x : xs)
    tell(x.link, store_verb::transferred, x.token);
  xs.clear();
}

// -- operations -----------------------------------------------------------------

void store_core::submit(operation x) {
  if (!x.object) {
    x.promise.deliver(object_result{stale("the pointer is null"), {}, 0});
    return;
  }
  auto& name = x.object.name();
  if (name.owner == identity_)
    return run_here(x);
  auto i = borrowed_.find(name);
  if (i == borrowed_.end())
    return;
  i->second.operations.push_back(std::move(x));
  run_next(name, i->second);
}

void store_core::run_here(operation& x) {
  if (x.what == operation::kind::prefetch)
    return;
  auto i = owned_.find(x.object.name().id);
  if (i == owned_.end()) {
    x.promise.deliver(object_result{stale("the object was destroyed"), {}, 0});
    return;
  }
  auto& y = i->second;
  if (x.what == operation::kind::write) {
    y.payload = x.payload;
    ++y.version;
  }
  x.promise.deliver(object_result{{}, y.payload, y.version});
}

void store_core::run_next(const object_name& name, borrowed& x) {
  while (!x.busy && !x.operations.empty()) {
    auto& next = x.operations.front();
    auto link = link_to(name.owner);
    if (x.lease == borrowed::state::lost || !link) {
      finish(x, {gone(x.lost_owner), {}, 0});
      continue;
    }
    if (next.what == operation::kind::write) {
      byte_writer f;
      f.apply(name.id);
      if (!encode_for(caf::actor{self_}, link, f, next.payload)) {
        finish(x,
               {{errc::not_serialisable, "the value cannot leave this process"},
                {},
                0});
        continue;
      }
      x.busy = true;
      ask(link, name, store_verb::put, blob{f.take()});
    } else {
      x.busy = true;
      ask(link, name, store_verb::get,
          pack(name.id, x.copy ? x.version : uint64_t{0}));
    }
  }
}

void store_core::finish(borrowed& x, object_result y) {
  auto done = std::move(x.operations.front());
  x.operations.pop_front();
  x.busy = false;
  if (done.what != operation::kind::prefetch)
    done.promise.deliver(std::move(y));
}

// -- other hosts ----------------------------------------------------------------

void store_core::ask(const caf::actor& link, const object_name& name,
                     store_verb verb, blob body) {
  auto number = ++last_question_;
  questions_.emplace(number, question{name, verb});
  compat::send(self_, link,
               control{0, number, static_cast<uint16_t>(verb),
                       std::move(body)});
}

void store_core::tell(const caf::actor& link, store_verb verb,
                      uint64_t number) {
  // Without a sender there is no answer.
  compat::anon_send(link,
                    control{0, 0, static_cast<uint16_t>(verb), pack(number)});
}

caf::actor store_core::link_to(uint64_t owner) const {
  auto i = links_.find(owner);
  return i == links_.end() ? caf::actor{} : i->second;
}

void store_core::on(const control& x) {
  auto link = compat::sender(self_);
  auto answer = [&](blob body) {
    compat::send(self_, link, control_reply{x.request, true, std::move(body)});
  };
  auto reject
    = [&](error why) { compat::send(self_, link, refuse(x.request, why)); };
  byte_reader f{x.body.bytes()};
  uint64_t id = 0;
  if (!f.apply(id))
    return reject({errc::protocol_violation, "malformed request to a store"});
  auto verb = static_cast<store_verb>(x.verb);
  if (verb == store_verb::transferred) {
    // Only the host to which the handle went may say that it is there.
    auto i = transfers_.find(id);
    if (i != transfers_.end() && i->second.link == link)
      transfers_.erase(i);
    return;
  }
  auto i = owned_.find(id);
  if (verb == store_verb::release) {
    if (i != owned_.end()) {
      i->second.leases.erase(link);
      sweep(i);
    }
    return;
  }
  if (i == owned_.end())
    return reject(stale("the object was destroyed"));
  auto& y = i->second;
  switch (verb) {
    case store_verb::acquire:
      y.leases.insert(link);
      return answer({});
    case store_verb::get: {
      uint64_t known = 0;
      byte_writer out;
      out.apply(y.version);
      if (!f.apply(known))
        return reject({errc::protocol_violation, "malformed request"});
      if (known != y.version
          && !encode_for(caf::actor{self_}, link, out, y.payload))
        return reject(
          {errc::not_serialisable, "the value cannot leave its process"});
      return answer(blob{out.take()});
    }
    case store_verb::put: {
      value payload;
      if (!decode_from(caf::actor{self_}, link, f, payload))
        return reject(
          {errc::not_serialisable, "the owner cannot read the value"});
      y.payload = std::move(payload);
      return answer(pack(++y.version));
    }
    default:
      return reject({errc::protocol_violation, "unknown request to a store"});
  }
}

void store_core::on(const control_reply& x) {
  auto q = questions_.extract(x.request);
  if (q.empty())
    return;
  auto& [name, verb] = q.mapped();
  if (verb == store_verb::acquire)
    return on_acquired(name, x.ok);
  auto i = borrowed_.find(name);
  if (i == borrowed_.end() || !i->second.busy)
    return;
  if (verb == store_verb::get)
    on_got(i->second, x);
  else
    on_put(i->second, x);
  // The operation that is done may have held the last handle; its release
  // comes as a message.
  run_next(name, i->second);
}

void store_core::on_acquired(const object_name& name, bool ok) {
  auto i = borrowed_.find(name);
  if (i == borrowed_.end())
    return;
  auto& x = i->second;
  x.lease = ok ? borrowed::state::leased : borrowed::state::lost;
  confirm(x.arrivals);
  sweep(i);
}

void store_core::on_got(borrowed& x, const control_reply& reply) {
  if (!reply.ok)
    return finish(x, {error_of(reply), {}, 0});
  byte_reader f{reply.body.bytes()};
  uint64_t version = 0;
  auto ok = f.apply(version);
  if (ok && f.remaining() > 0) {
    ok = decode_from(caf::actor{self_}, compat::sender(self_), f, x.copy);
    ++fetched_;
  }
  if (!ok) {
    x.copy = {};
    x.version = 0;
    return finish(
      x, {{errc::not_serialisable, "this host cannot read the object's value"},
          {},
          0});
  }
  x.version = version;
  finish(x, {{}, x.copy, version});
}

void store_core::on_put(borrowed& x, const control_reply& reply) {
  if (!reply.ok)
    return finish(x, {error_of(reply), {}, 0});
  byte_reader f{reply.body.bytes()};
  uint64_t version = 0;
  f.apply(version);
  // What was written is what a read would fetch now.
  x.copy = x.operations.front().payload;
  x.version = version;
  finish(x, {{}, x.copy, version});
}

void store_core::on(const link_down& x) {
  auto& link = x.link;
  for (auto i = owned_.begin(); i != owned_.end();) {
    auto next = std::next(i);
    if (i->second.leases.erase(link) > 0)
      sweep(i);
    i = next;
  }
  std::erase_if(transfers_, [&](auto& y) { return y.second.link == link; });
  for (auto i = links_.begin(); i != links_.end(); ++i) {
    if (i->second != link)
      continue;
    auto owner = i->first;
    links_.erase(i);
    for (auto& [name, y] : borrowed_) {
      if (name.owner != owner)
        continue;
      y.lease = borrowed::state::lost;
      y.lost_owner = x.peer;
      confirm(y.arrivals);
      run_next(name, y);
    }
    break;
  }
}

// -- ends -----------------------------------------------------------------------

void store_core::sweep(owned_iterator i) {
  if (i->second.handles == 0 && i->second.leases.empty())
    owned_.erase(i);
}

void store_core::sweep(borrowed_iterator i) {
  auto& [name, x] = *i;
  // A lease that was asked for must arrive before it can be given back.
  if (x.handles > 0 || x.lease == borrowed::state::acquiring)
    return;
  if (x.lease == borrowed::state::leased)
    if (auto link = link_to(name.owner))
      tell(link, store_verb::release, name.id);
  borrowed_.erase(i);
}

store_counts store_core::counts() const {
  store_counts out;
  out.objects = owned_.size();
  for (auto& [id, x] : owned_)
    out.leases += x.leases.size();
  out.borrowed = borrowed_.size();
  out.transfers = transfers_.size();
  out.fetched = fetched_;
  return out;
}

} // namespace morph
