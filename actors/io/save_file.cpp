#include <morph/actors/io/save_file.hpp>

namespace morph {

io_operation<void> save_file(io& x, std::filesystem::path path,
                             gathered content) {
  auto draft = co_await x.draft(std::move(path));
  if (!draft)
    co_return fail(std::move(draft.error()));
  auto ok = co_await draft->content.write(0, std::move(content));
  if (ok)
    ok = co_await draft->content.sync();
  if (ok)
    ok = co_await x.rename(draft->path, draft->target);
  if (!ok) {
    // The failure that counts is the one before.
    auto gone = co_await x.remove(draft->path).shielded();
    static_cast<void>(gone);
    co_return ok;
  }
  // The rename is on the disk when the folder is. By now the new file is in
  // place, so a folder that cannot be synced is no failure.
  auto synced = co_await x.sync_folder(draft->target.parent_path()).shielded();
  if (!synced && synced.error().code == errc::host_lost)
    co_return synced;
  co_return ok;
}

} // namespace morph
