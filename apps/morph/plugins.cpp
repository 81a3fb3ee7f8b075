#include <morph/apps/morph/plugins.hpp>
#include <morph/graph/error.hpp>

#include <dlfcn.h>

#include <filesystem>

namespace morph::cli {

void load_plugins(const std::vector<std::string>& files) {
  for (auto& x : files) {
    // A path, so that the loader does not search elsewhere.
    auto path = std::filesystem::absolute(x);
    if (!dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
      auto* why = dlerror();
      throw failure{error{errc::cannot_open, std::string{"plugin "} + x + ": "
                                               + (why ? why : "unknown")}};
    }
  }
}

} // namespace morph::cli
