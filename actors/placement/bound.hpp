// A proven lower bound on the step time of every plan. Pure functions.
#pragma once

#include <morph/actors/placement/instance.hpp>

namespace morph::placement {

/// Lower bounds on the makespan of every assignment and every order, and so
/// a certificate for a plan: makespan / lower_bound - 1 is at least its
/// distance from the optimum.
struct lower_bound {
  double path_seconds = 0;
  double work_seconds = 0;

  double seconds() const {
    return path_seconds > work_seconds ? path_seconds : work_seconds;
  }
};

/// Computes both bounds. Deterministic.
///
/// Path. Let f(v,h) = t(v,h) + max over producers u of
/// min over hosts g of [f(u,g) + transfer(g,h)], and likewise for backward
/// tasks, which also start no earlier than f(v,h) of their own forward. By
/// induction along the edges, no schedule that runs v on h finishes v before
/// f(v,h): v waits for each producer u, u runs on some host g, finishes no
/// earlier than f(u,g), and its message takes at least the latency plus bytes
/// over bandwidth, whatever else is on the link. Letting each consumer choose
/// g anew only makes the bound smaller. The step ends after every task, so
/// max over v of min over h of f(v,h) is a bound. In large problems the
/// transfers are left out, which makes it smaller still.
///
/// Work. Let w(g,h) be the time of group g on host h and y any prices >= 0
/// per host with sum of workers(h) * y(h) = 1. A schedule of length T with
/// group g on host a(g) has load(h) <= workers(h) * T, hence
/// sum over g of min over h of w(g,h) * y(h)
///   <= sum over g of w(g,a(g)) * y(a(g)) = sum over h of y(h) * load(h)
///   <= sum over h of y(h) * workers(h) * T = T.
/// Every y gives a valid bound; a fixed number of price steps looks for a
/// good one. (y(h) in proportion to speed gives total work over total speed.)
///
/// Both are lowered by 1e-12 of their value, which covers the rounding of the
/// sums.
lower_bound bound(const instance& x);

} // namespace morph::placement
