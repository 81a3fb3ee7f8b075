// Everything that a program of tasks needs.
#pragma once

#include <morph/actors/task/combinators.hpp>
#include <morph/actors/task/context.hpp>
#include <morph/actors/task/gather.hpp>
#include <morph/actors/task/run.hpp>
#include <morph/actors/task/scope.hpp>
#include <morph/actors/task/task.hpp>
