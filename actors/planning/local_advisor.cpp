#include <morph/actors/planning/budget.hpp>
#include <morph/actors/planning/local_advisor.hpp>

namespace morph {

namespace {

class local_advisor final : public placement_advisor {
public:
  explicit local_advisor(uint64_t budget) : budget_(budget) {
    // nop
  }

  result<advice> advise(const deployment& now, const run_report&,
                        bool) override {
    auto next = now;
    if (auto ok = fit_budget(next, budget_, extent_); !ok) {
      extent_ = 0; // ask again for the next step
      return fail(std::move(ok.error()));
    }
    return advice{next, explain(next)};
  }

  std::string explain(const deployment& now) override {
    size_t n = 0;
    for (auto x : now.recompute)
      n += x;
    return "one host; values of " + std::to_string(n)
           + " nodes are recomputed to stay within " + std::to_string(budget_)
           + " bytes";
  }

  std::vector<link_report> read_links() override {
    return {};
  }

  bool due(double) override {
    return false;
  }

  bool extent_changed(int64_t extent) override {
    auto changed = extent != extent_;
    extent_ = extent;
    return changed;
  }

private:
  uint64_t budget_;
  int64_t extent_ = 0;
};

} // namespace

std::unique_ptr<placement_advisor> make_local_advisor(uint64_t budget) {
  return std::make_unique<local_advisor>(budget);
}

} // namespace morph
