// What holds for every row of the table of ops.
#include <morph/graph/graph.hpp>

#include <graph/ops/run.hpp>
#include <graph/ops/samples.hpp>

#include <fstream>
#include <set>
#include <sstream>

using namespace morph;
using namespace morph::test;

namespace {

/// The same inputs with f32 instead of f64.
std::vector<tensor> narrowed(const std::vector<tensor>& xs) {
  std::vector<tensor> out;
  for (auto& x : xs)
    out.push_back(x.type() == f64 ? run("cast", {x}, {{"dtype", f32}}) : x);
  return out;
}

/// The same elements at an address that is odd as far as vectors go.
tensor shifted(const tensor& x) {
  auto width = size_of(x.type());
  auto memory
    = std::make_shared<std::vector<std::byte>>(x.size_bytes() + 64 + width);
  auto at = reinterpret_cast<uintptr_t>(memory->data());
  auto* to = memory->data() + (64 - at % 64) % 64 + width;
  std::copy(x.raw().begin(), x.raw().end(), to);
  return tensor::view(x.type(), x.shape(), to, memory);
}

port_type all_dynamic(const port_type& x) {
  auto s = x.shape();
  for (size_t d = 0; d < s.rank(); ++d)
    s[d] = dyn;
  return {x.type(), s};
}

std::string documentation() {
  std::ostringstream out;
  out << "# Ops\n\n"
         "Written from the table of ops; `tests/graph/ops/table_test.cpp` "
         "compares.\n\n"
         "* Element types never mix: write `cast`.\n"
         "* Shapes broadcast as in NumPy where inputs meet element by "
         "element.\n"
         "* Sums add a contiguous run in eight interleaved lanes (long runs "
         "as halves),\n"
         "  then run after run; f32 is summed in double precision.\n"
         "* Words in `code` below are attributes.\n\n"
         "| op | inputs | meaning |\n|---|---|---|\n";
  for (auto* row : op_table()) {
    out << "| `" << row->name << "` | " << int{row->min_inputs};
    if (row->max_inputs == any_number)
      out << " or more";
    out << " | " << row->meaning << " |\n";
  }
  return out.str();
}

} // namespace

TEST_CASE("every row of the table has a sample, a rule and a kernel") {
  std::set<std::string> sampled;
  for (auto& x : op_samples())
    sampled.insert(x.op);
  for (auto* row : op_table()) {
    INFO(row->name);
    CHECK(sampled.count(std::string{row->name}) == 1);
    CHECK(row->infer);
    CHECK(row->run);
    CHECK(!row->meaning.empty());
  }
  CHECK(op_table().size() == sampled.size());
}

TEST_CASE("a kernel gives what the shape rule promises") {
  for (auto& x : op_samples()) {
    INFO(x.op);
    auto type = infer(x.op, types_of(x.inputs), x.attrs);
    REQUIRE(type);
    CHECK(to_string(*type) == to_string(type_of(run(x.op, x.inputs, x.attrs))));
  }
}

TEST_CASE("shape rules accept dynamic extents and promise nothing wrong") {
  for (auto& x : op_samples()) {
    INFO(x.op);
    std::vector<port_type> types;
    for (auto& t : types_of(x.inputs))
      types.push_back(all_dynamic(t));
    auto type = infer(x.op, types, x.attrs);
    INFO((type ? to_string(*type) : to_string(type.error())));
    REQUIRE(type);
    CHECK(accepts(*type, run(x.op, x.inputs, x.attrs)));
  }
}

TEST_CASE("kernels are defined on f32 as on f64") {
  for (auto& x : op_samples()) {
    if (x.op.starts_with("random_") || x.op == "one_hot" || x.op == "cast")
      continue;
    INFO(x.op);
    auto wide = run(x.op, x.inputs, x.attrs);
    auto narrow = run(x.op, narrowed(x.inputs), x.attrs);
    CHECK(narrow.type() == (wide.type() == f64 ? f32 : wide.type()));
    require_close(numbers(narrow), numbers(wide), 1e-4);
  }
}

TEST_CASE("results do not depend on where inputs lie in memory") {
  for (auto& x : op_samples())
    for (auto& inputs : {x.inputs, narrowed(x.inputs)}) {
      INFO(x.op);
      std::vector<tensor> moved;
      for (auto& y : inputs)
        moved.push_back(shifted(y));
      auto a = run(x.op, inputs, x.attrs);
      CHECK(a.bit_equal(run(x.op, inputs, x.attrs)));
      CHECK(a.bit_equal(run(x.op, moved, x.attrs)));
    }
}

TEST_CASE("costs are finite and not negative") {
  for (auto& x : op_samples()) {
    INFO(x.op);
    auto* kind = find_op(x.op);
    auto in = types_of(x.inputs);
    std::vector out{type_of(run(x.op, x.inputs, x.attrs))};
    auto cost = estimate_cost(*kind, in, out, x.attrs);
    CHECK(cost.flops >= 0);
    CHECK(cost.bytes >= 0);
    CHECK(std::isfinite(cost.flops + cost.bytes));
  }
}

TEST_CASE("kernels answer bad calls with an error") {
  for (auto& x : op_samples()) {
    INFO(x.op);
    auto* kind = find_op(x.op);
    auto n = x.inputs.size();
    std::vector<value> out(1);
    // No inputs at all.
    CHECK(!kind->run({}, out, x.attrs));
    CHECK(!kind->infer({}, x.attrs));
    // Inputs that are none, or no tensors.
    CHECK(!kind->run(std::vector<value>(n), out, x.attrs));
    std::vector<value> text(n, make_value<std::string>("text"));
    CHECK(!kind->run(text, out, x.attrs));
    std::vector<port_type> opaque(n, port_type::opaque("text"));
    CHECK(!kind->infer(opaque, x.attrs));
    // Attributes that are missing.
    if (!x.attrs.empty()) {
      std::vector<value> in(x.inputs.begin(), x.inputs.end());
      CHECK(!kind->infer(types_of(x.inputs), {}));
      CHECK(!kind->run(in, out, {}));
    }
  }
}

TEST_CASE("kernels survive inputs of any rank and extent") {
  // Nothing to compare with: sanitizers watch, and an error is fine.
  const std::vector<shape> shapes{{},        {0},          {1},
                                  {3},       {0, 3},       {2, 0},
                                  {2, 3},    {1, 2, 2},    {3, 3},
                                  {2, 3, 2}, {1, 1, 3, 3}, {0, 2, 4, 4}};
  for (auto& x : op_samples()) {
    INFO(x.op);
    auto* kind = find_op(x.op);
    for (size_t i = 0; i < x.inputs.size(); ++i)
      for (auto& s : shapes) {
        auto inputs = x.inputs;
        inputs[i] = tensor::full(inputs[i].type(), s, 1);
        std::vector<value> in(inputs.begin(), inputs.end());
        std::vector<value> out(1);
        auto type = kind->infer(types_of(inputs), x.attrs);
        auto ok = kind->run(in, out, x.attrs);
        if (!type)
          CHECK(!ok);
        else if (ok)
          CHECK(accepts((*type)[0], out[0]));
      }
  }
}

TEST_CASE("docs/ops.md is what the table says") {
  auto path = std::string{MORPH_SOURCE_DIR} + "/docs/ops.md";
  std::ifstream file{path};
  std::ostringstream text;
  text << file.rdbuf();
  INFO("the file should hold:\n" << documentation());
  CHECK((text.str() == documentation()));
}
