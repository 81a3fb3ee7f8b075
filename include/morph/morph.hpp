// Everything a program needs to build, differentiate and run graphs. Code
// that speaks CAF also includes <morph/actors/caf.hpp>.
#pragma once

#include <morph/actors/runtime/runtime.hpp>
#include <morph/actors/session/session.hpp>
#include <morph/autodiff/transforms.hpp>
#include <morph/graph/build.hpp>
#include <morph/graph/graph.hpp>
#include <morph/graph/tensor.hpp>
