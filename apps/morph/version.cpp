#include <morph/apps/morph/version.hpp>

#include <caf/config.hpp>

namespace morph::cli {

std::string version_text() {
  auto caf = CAF_VERSION;
  return std::string{"morph " MORPH_VERSION " (CAF "}
         + std::to_string(caf / 10000) + "." + std::to_string(caf / 100 % 100)
         + "." + std::to_string(caf % 100) + ", compiler " __VERSION__ ")";
}

} // namespace morph::cli
