#include <morph/actors/task/error_of.hpp>

namespace morph::tasks {

error error_of(const std::exception_ptr& x) {
  try {
    std::rethrow_exception(x);
  } catch (const failure& e) {
    return e.value();
  } catch (const std::exception& e) {
    return {errc::node_failed, e.what()};
  } catch (...) {
    return {errc::node_failed, "threw something that is no std::exception"};
  }
}

} // namespace morph::tasks
