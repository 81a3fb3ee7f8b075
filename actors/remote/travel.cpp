#include <morph/actors/remote/travel.hpp>

namespace morph::tasks {

error cannot_travel(const std::string& function, const std::string& stays) {
  return error{errc::not_serialisable,
               "a branch of '" + function
                 + "' cannot run on another host: values of type '" + stays
                 + "' cannot leave this process"}
    .remedy("give '" + stays + "' an 'inspect', or drop the pin");
}

error not_registered(const std::string& type) {
  return error{errc::not_serialisable,
               "a branch of '" + type
                 + "' cannot run on another host: the function has no name"}
    .remedy(
      "register it in all processes: inline const morph::remote_task "
      "f_task{\"f\", f}");
}

error no_plain_function(const std::string& type) {
  return error{errc::not_serialisable,
               "a branch of '" + type
                 + "' cannot run on another host: it is no plain function"}
    .remedy("make it a function, and register that with morph::remote_task");
}

} // namespace morph::tasks
