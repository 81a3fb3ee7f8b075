#pragma once

// Stands in for Catch2 v2's only header where v3 is installed.

#include <catch2/catch_all.hpp>

using Catch::Approx;
