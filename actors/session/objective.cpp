#include <morph/actors/session/objective.hpp>

namespace morph {

objective minimise(const expr& loss, const optimiser& update) {
  return minimise(std::vector<expr>{loss}, update);
}

objective minimise(std::vector<expr> losses, const optimiser& update) {
  objective out;
  out.losses = std::move(losses);
  out.update = update;
  return out;
}

objective gradients_of(const expr& loss, std::vector<expr> wrt) {
  return gradients_of(std::vector<expr>{loss}, std::move(wrt));
}

objective gradients_of(std::vector<expr> losses, std::vector<expr> wrt) {
  objective out;
  out.losses = std::move(losses);
  out.wrt = std::move(wrt);
  return out;
}

} // namespace morph
