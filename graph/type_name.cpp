#include <morph/graph/type_name.hpp>

#include <cstdlib>
#include <cxxabi.h>
#include <memory>

namespace morph {

std::string readable_type(const std::string& name) {
  auto status = 0;
  std::unique_ptr<char, decltype(&std::free)> text{
    abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), &std::free};
  return status == 0 && text ? std::string{text.get()} : name;
}

} // namespace morph
