#define CATCH_CONFIG_RUNNER
#include "support/process.hpp"

#include <catch2/catch.hpp>

int main(int argc, char** argv) {
  if (auto code = morph::test::run_role(argc, argv); code >= 0)
    return code;
  return Catch::Session().run(argc, argv);
}
