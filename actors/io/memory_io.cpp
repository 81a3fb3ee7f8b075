#include <morph/actors/io/memory_io.hpp>
#include <morph/actors/io/memory_sockets.hpp>
#include <morph/actors/io/memory_world.hpp>

#include <algorithm>

namespace morph {

namespace {

using world_ptr = std::shared_ptr<detail::memory_world>;
using inode_ptr = detail::memory_disk::inode_ptr;

tl::unexpected<error> no_such_file(std::string_view doing,
                                   const std::filesystem::path& p) {
  return fail(errc::write_failed, "cannot " + std::string{doing} + " "
                                    + p.string()
                                    + ": No such file or directory");
}

class memory_file final : public file_device {
public:
  memory_file(world_ptr world, inode_ptr x, std::string name)
    : world_(std::move(world)), life_(world_->life), inode_(std::move(x)),
      name_(std::move(name)) {
    // nop
  }

  const std::string& name() const noexcept override {
    return name_;
  }

  void size(std::stop_token stop, io_callback<uint64_t> done) override {
    world_->begin<uint64_t>({life_, name_, errc::read_failed}, std::move(stop),
                            std::move(done),
                            [x = inode_]() -> std::optional<result<uint64_t>> {
                              return x->content.size();
                            });
  }

  void read_some(uint64_t offset, std::span<std::byte> out,
                 std::stop_token stop, io_callback<size_t> done) override {
    world_->begin<size_t>(
      {life_, name_, errc::read_failed}, std::move(stop), std::move(done),
      [world = world_, x = inode_, offset,
       out]() -> std::optional<result<size_t>> {
        auto from = std::min<uint64_t>(offset, x->content.size());
        auto n = std::min<uint64_t>(out.size(), x->content.size() - from);
        n = world->shortened(n, world->faults.short_reads);
        std::copy_n(x->content.begin() + static_cast<std::ptrdiff_t>(from), n,
                    out.begin());
        return n;
      });
  }

  void write_some(uint64_t offset, std::span<const const_bytes> parts,
                  std::stop_token stop, io_callback<size_t> done) override {
    world_->begin<size_t>(
      {life_, name_, errc::write_failed}, std::move(stop), std::move(done),
      [world = world_, x = inode_, offset, parts,
       name = name_]() -> std::optional<result<size_t>> {
        std::vector<std::byte> all;
        for (auto& p : parts)
          all.insert(all.end(), p.begin(), p.end());
        auto n = world->shortened(all.size(), world->faults.short_writes);
        auto taken = world->disk.write(*x, offset, const_bytes{all}.first(n),
                                       world->faults.disk_bytes);
        if (taken == 0 && n > 0)
          return fail(errc::write_failed,
                      "cannot write " + name + ": No space left on device");
        return taken;
      });
  }

  void sync(std::stop_token stop, io_callback<void> done) override {
    world_->begin<void>(
      {life_, name_, errc::write_failed}, std::move(stop), std::move(done),
      [world = world_, x = inode_]() -> std::optional<result<void>> {
        world->disk.sync(*x);
        return result<void>{};
      });
  }

private:
  world_ptr world_;
  uint64_t life_;
  inode_ptr inode_;
  std::string name_;
};

} // namespace

void detail::memory_world::stop_machine() {
  stopped = true;
  for (auto& [number, x] : under_way_)
    clock->at(clock->now(), [x = x.lock()] {
      if (x)
        x->run();
    });
}

void detail::memory_world::wait(int64_t when, std::stop_token stop,
                                io_callback<void> done) {
  auto f = []() -> std::optional<result<void>> { return result<void>{}; };
  std::make_shared<operation<void, decltype(f)>>(
    *this, timers_++, origin{life, "a timer", errc::timed_out}, std::move(done),
    f)
    ->begin(when, stop);
}

void detail::memory_world::drop_all() {
  for (auto& [number, x] : std::exchange(under_way_, {}))
    if (auto y = x.lock())
      y->drop();
}

memory_io::memory_io(io_timeline& clock, const io_faults& faults)
  : memory_io(clock, make_memory_network(), "127.0.0.1", faults) {
  // nop
}

memory_io::memory_io(io_timeline& clock,
                     std::shared_ptr<memory_network> network, std::string host,
                     const io_faults& faults)
  : world_(std::make_shared<detail::memory_world>(clock, faults)),
    network_(std::move(network)), host_(std::move(host)) {
  // nop
}

memory_io::~memory_io() {
  world_->stopped = true;
  world_->drop_all();
}

int64_t memory_io::now() const noexcept {
  return world_->clock->now();
}

uint64_t memory_io::operations() const noexcept {
  return world_->operations;
}

void memory_io::set_faults(const io_faults& x) {
  world_->faults = x;
}

void memory_io::restart(const crash_survivors& x) {
  world_->stop_machine();
  world_->disk.crash(x);
  world_->stopped = false;
  ++world_->life;
}

uint64_t memory_io::unsynced_names() const noexcept {
  return world_->disk.unsynced_names();
}

std::optional<std::string> memory_io::text(const path& p) const {
  return world_->disk.text(p);
}

std::vector<std::filesystem::path> memory_io::files() const {
  return world_->disk.files();
}

void memory_io::start_open(const path& p, open_mode mode,
                           io_callback<file_ptr> done) {
  world_->begin<file_ptr>(
    {world_->life, p.string(), errc::cannot_open}, {}, std::move(done),
    [world = world_, p, mode]() -> std::optional<result<file_ptr>> {
      auto x = world->disk.open(p, mode);
      if (!x)
        return fail(std::move(x.error()));
      return std::make_shared<memory_file>(world, std::move(*x), p.string());
    });
}

void memory_io::start_draft(const path& target, io_callback<drafted> done) {
  world_->begin<drafted>(
    {world_->life, target.string(), errc::write_failed}, {}, std::move(done),
    [world = world_, target]() -> std::optional<result<drafted>> {
      path draft;
      unsigned i = 0;
      do
        draft = target.parent_path()
                / ("." + target.filename().string() + "." + std::to_string(i++)
                   + ".tmp");
      while (world->disk.has(draft));
      auto x = world->disk.open(draft, open_mode::create);
      if (!x)
        return fail(std::move(x.error()));
      return drafted{std::make_shared<memory_file>(world, std::move(*x),
                                                   draft.string()),
                     draft, target};
    });
}

void memory_io::start_rename(const path& from, const path& to,
                             io_callback<void> done) {
  world_->begin<void>(
    {world_->life, from.string(), errc::write_failed}, {}, std::move(done),
    [world = world_, from, to]() -> std::optional<result<void>> {
      if (!world->disk.rename(from, to))
        return no_such_file("rename", from);
      return result<void>{};
    });
}

void memory_io::start_remove(const path& p, io_callback<void> done) {
  world_->begin<void>({world_->life, p.string(), errc::write_failed}, {},
                      std::move(done),
                      [world = world_, p]() -> std::optional<result<void>> {
                        if (!world->disk.remove(p))
                          return no_such_file("remove", p);
                        return result<void>{};
                      });
}

void memory_io::start_sync_folder(const path& p, io_callback<void> done) {
  world_->begin<void>({world_->life, p.string(), errc::write_failed}, {},
                      std::move(done),
                      [world = world_]() -> std::optional<result<void>> {
                        world->disk.sync_names();
                        return result<void>{};
                      });
}

void memory_io::start_listen(const endpoint& where,
                             io_callback<listener_ptr> done) {
  world_->begin<listener_ptr>(
    {world_->life, to_string(where), errc::host_unreachable}, {},
    std::move(done),
    [world = world_, network = network_,
     at = seen_from_outside(where)]() -> std::optional<result<listener_ptr>> {
      auto door = network->open(at);
      if (!door)
        return fail(std::move(door.error()));
      return detail::memory_listener(world, std::move(*door));
    });
}

void memory_io::start_connect(const endpoint& to, std::stop_token stop,
                              io_callback<byte_ptr> done) {
  detail::memory_connect(world_, network_, {host_, 0}, seen_from_outside(to),
                         std::move(stop), std::move(done));
}

void memory_io::start_wait(int64_t when, std::stop_token stop,
                           io_callback<void> done) {
  world_->wait(when, std::move(stop), std::move(done));
}

endpoint memory_io::seen_from_outside(const endpoint& x) const {
  auto self = x.host == "localhost" || x.host.starts_with("127.")
              || x.host == "::1" || x.host == "0.0.0.0" || x.host == "::";
  return {self ? host_ : x.host, x.port};
}

} // namespace morph
