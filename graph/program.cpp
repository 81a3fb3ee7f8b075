#include <morph/graph/borrowed_values.hpp>
#include <morph/graph/program.hpp>

#include <new>

namespace morph {

namespace {

// Owns the temporaries of one run.
class temporaries {
public:
  temporaries(value* first, size_t n) noexcept : first_(first), n_(n) {
    for (size_t i = 0; i < n_; ++i)
      new (first_ + i) value;
  }

  temporaries(const temporaries&) = delete;
  temporaries& operator=(const temporaries&) = delete;

  ~temporaries() {
    for (size_t i = 0; i < n_; ++i)
      first_[i].~value();
  }

private:
  value* first_;
  size_t n_;
};

result<void> run_user_node(const user_node& prototype,
                           std::span<const value> args,
                           std::span<value> results) {
  auto node = prototype.clone();
  auto out = node->forward(args);
  if (!out)
    return fail(std::move(out.error()));
  if (out->size() != results.size())
    return fail(errc::node_failed,
                "forward returned " + std::to_string(out->size())
                  + " values, not " + std::to_string(results.size()));
  for (size_t i = 0; i < results.size(); ++i) {
    if (!(*out)[i])
      return fail(errc::node_failed, "forward returned a null value");
    results[i] = std::move((*out)[i]);
  }
  return {};
}

} // namespace

error program::blame(const instruction& x, error e) const {
  auto& node = (*sources_)[x.origin];
  e.at(node.name, place{node.file, node.line});
  return e;
}

result<void> program::call(const instruction& x, std::span<const value> args,
                           std::span<value> results) const {
  auto& node = (*sources_)[x.origin];
  try {
    auto done = x.kernel ? x.kernel(args, results, node.attrs)
                         : run_user_node(*node.user, args, results);
    if (!done)
      return fail(blame(x, std::move(done.error())));
    return {};
  } catch (const failure& e) {
    return fail(blame(x, e.value()));
  } catch (const std::exception& e) {
    return fail(blame(x, error{errc::node_failed, e.what()}));
  }
}

result<void> program::execute(value* slots, value* args) const {
  for (auto& x : code_) {
    for (uint32_t i = 0; i < x.num_args; ++i)
      borrow(args + i, slots[args_[x.first_arg + i]]);
    auto done
      = call(x, {args, x.num_args}, {slots + x.first_result, x.num_results});
    if (!done)
      return done;
    for (uint32_t i = 0; i < x.num_releases; ++i)
      slots[released_[x.first_release + i]] = value{};
  }
  return {};
}

result<void> program::run(std::span<const value> inputs,
                          std::span<value> outputs) const {
  handle_memory<inline_slots> memory{num_slots_ + max_args_};
  auto* slots = memory.data();
  auto* next = slots;
  for (auto& x : inputs)
    borrow(next++, x);
  for (auto& x : constants_)
    borrow(next++, x);
  temporaries owned{next, static_cast<size_t>(slots + num_slots_ - next)};
  auto done = execute(slots, slots + num_slots_);
  if (!done)
    return done;
  for (size_t i = 0; i < outputs_.size(); ++i)
    outputs[i] = moved_[i] ? std::move(slots[outputs_[i]]) : slots[outputs_[i]];
  return {};
}

result<std::vector<value>> program::run(std::span<const value> inputs) const {
  std::vector<value> out(num_outputs());
  auto done = run(inputs, out);
  if (!done)
    return fail(std::move(done.error()));
  return out;
}

} // namespace morph
