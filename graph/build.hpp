// All builder functions. They are found by argument-dependent lookup once an
// argument is an `expr`.
#pragma once

#include <morph/graph/build/elementwise.hpp>
#include <morph/graph/build/like.hpp>
#include <morph/graph/build/linalg.hpp>
#include <morph/graph/build/nn.hpp>
#include <morph/graph/build/random.hpp>
#include <morph/graph/build/reduce.hpp>
#include <morph/graph/build/shape.hpp>
