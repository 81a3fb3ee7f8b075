#include <morph/apps/morph/invocation.hpp>

int main(int argc, char** argv) {
  return morph::cli::run_program(argc, argv);
}
