// Derivatives against samples from another implementation. The directory with
// `index.jsonl` and `data.bin` is named by the environment variable
// MORPH_OPGOLD; without it there is nothing to compare.
#include "support.hpp"

#include <morph/autodiff/transforms.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>

using namespace morph;
using nlohmann::json;

namespace {

using ints = std::vector<int64_t>;

// The arguments of a sample: tensors as expressions in order, the others as
// they are.
struct arguments {
  exprs tensors;
  std::vector<json> others;
  json named;

  const expr& operator[](size_t i) const {
    return tensors.at(i);
  }

  ints axes() const {
    auto dim = named.value("dim", json{});
    if (dim.is_number())
      return {dim.get<int64_t>()};
    return dim.is_array() ? dim.get<ints>() : ints{};
  }

  bool keepdims() const {
    return named.value("keepdim", false);
  }

  int64_t integer(size_t i, int64_t otherwise) const {
    return i < others.size() ? others[i].get<int64_t>() : otherwise;
  }
};

using builder = std::function<expr(const arguments&)>;

template <expr (*F)(operand)>
expr unary(const arguments& a) {
  return F(a[0]);
}

template <expr (*F)(operand, operand)>
expr binary(const arguments& a) {
  return F(a[0], a[1]);
}

template <expr (*F)(operand, std::vector<int64_t>, bool)>
expr reduction(const arguments& a) {
  // A number has an axis of its own there.
  auto is_number = a[0].type().shape().rank() == 0;
  return F(a[0], is_number ? ints{} : a.axes(), a.keepdims());
}

template <expr (*F)(operand, int64_t)>
expr along(const arguments& a) {
  auto is_number = a[0].type().shape().rank() == 0;
  return is_number ? reshape(F(reshape(a[0], {1}), 0), {})
                   : F(a[0], a.integer(0, 0));
}

expr product(const arguments& a) {
  return matmul(a[0], a[1]);
}

expr swap_axes(const arguments& a) {
  auto n = static_cast<int64_t>(a[0].type().shape().rank());
  if (n == 0)
    return transpose(a[0]);
  ints perm;
  for (int64_t i = 0; i < n; ++i)
    perm.push_back(i);
  std::swap(perm[static_cast<size_t>((a.integer(0, 0) + n) % n)],
            perm[static_cast<size_t>((a.integer(1, 1) + n) % n)]);
  return transpose(a[0], perm);
}

// Samples of these are compared, the others are not ours.
const std::map<std::string, builder>& builders() {
  static const std::map<std::string, builder> table{
    {"abs", unary<abs>}, {"exp", unary<exp>}, {"log", unary<log>},
    {"sqrt", unary<sqrt>}, {"rsqrt", unary<rsqrt>},
    {"reciprocal", unary<reciprocal>}, {"tanh", unary<tanh>},
    {"sigmoid", unary<sigmoid>}, {"sin", unary<sin>}, {"cos", unary<cos>},
    {"log1p", unary<log1p>}, {"expm1", unary<expm1>}, {"erf", unary<erf>},
    {"square", unary<square>}, {"neg", [](auto& a) { return -a[0]; }},
    {"nn.functional.relu", unary<relu>},
    {"mul", binary < operator*> },
     {"div/no_rounding_mode", binary < operator/> },
      {
        "true_divide",
        binary < operator/> },
        {"pow", binary<pow>},
        {"float_power", binary<pow>},
        {"maximum", binary<maximum>},
        {"minimum", binary<minimum>},
        {"max/binary", binary<maximum>},
        {"min/binary", binary<minimum>},
        {"sum", reduction<sum>},
        {"mean", reduction<mean>},
        {"amax", reduction<max>},
        {"amin", reduction<min>},
        {"max/reduction_no_dim", reduction<max>},
        {"min/reduction_no_dim", reduction<min>},
        {"softmax", along<softmax>},
        {"softmax/with_dtype", along<softmax>},
        {"log_softmax", along<log_softmax>},
        {"log_softmax/dtype", along<log_softmax>},
        {"matmul", product},
        {"mm", product},
        {"bmm", product},
        {"mv", product},
        {"dot", product},
        {"linalg.inv", unary<inverse>},
        {"tril", along<tril>},
        {"triu", along<triu>},
        {"transpose", swap_axes},
        {"permute",
         [](auto& a) {
           return transpose(a[0], a.others[0].template get<ints>());
         }},
        {"reshape",
         [](auto& a) {
           auto s = a.others[0].template get<ints>();
           return reshape(a[0], shape{std::span<const int64_t>{s}});
         }},
        {"index_select",
         [](auto& a) {
           // A number counts as its own only row there.
           auto is_number = a[0].type().shape().rank() == 0;
           return is_number ? identity(a[0])
                            : gather(a[0], a[1], a.integer(0, 0));
         }},
        {"where", [](auto& a) { return where(a[1], a[0], a[2]); }},
        {"cat",
         [](auto& a) { return concat(a.tensors, a.named.value("dim", 0)); }},
        {"nn.functional.linear",
         [](auto& a) {
           auto y = matmul(a[0], a[1], false, true);
           return a.tensors.size() > 2 ? y + a[2] : y;
         }},
     };
  return table;
}

class sample_reader {
public:
  explicit sample_reader(const std::string& folder) {
    std::ifstream file{folder + "/data.bin", std::ios::binary};
    bytes_.assign(std::istreambuf_iterator<char>{file}, {});
  }

  tensor read(const json& x) const {
    auto dims = x.at("shape").get<ints>();
    auto offset = x.at("off").get<size_t>();
    auto n = x.at("n").get<size_t>();
    std::vector<double> elements(n);
    REQUIRE(offset + n * sizeof(double) <= bytes_.size());
    std::memcpy(elements.data(), bytes_.data() + offset, n * sizeof(double));
    const shape s{std::span<const int64_t>{dims}};
    auto type = x.at("dtype").get<std::string>();
    if (type == "int64")
      return tensor::of<int64_t>(s, ints{elements.begin(), elements.end()});
    if (type != "bool")
      return tensor::of<double>(s, elements);
    auto out = tensor::uninitialised(boolean, s);
    for (size_t i = 0; i < n; ++i)
      out.mutable_data<bool>()[i] = elements[i] != 0;
    return out;
  }

private:
  std::vector<char> bytes_;
};

void collect(const json& x, const sample_reader& reader, graph& g,
             arguments& out) {
  if (x.is_object() && x.contains("$t")) {
    out.tensors.push_back(g.constant(reader.read(x["$t"])));
  } else if (x.is_array() && !x.empty() && x[0].is_object()) {
    for (auto& y : x)
      collect(y, reader, g, out);
  } else {
    out.others.push_back(x);
  }
}

// The arguments with gradients: listed in order, by their elements.
exprs find_active(const json& listed, const sample_reader& reader,
                  const arguments& in) {
  exprs out;
  size_t next = 0;
  for (auto& x : listed) {
    auto wanted = reader.read(x);
    auto is_wanted = [&](const expr& y) {
      return y.node().attrs.get<tensor>("value").bit_equal(wanted);
    };
    while (next < in.tensors.size() && !is_wanted(in.tensors[next]))
      ++next;
    REQUIRE(next < in.tensors.size());
    out.push_back(in.tensors[next++]);
  }
  return out;
}

void check_close(const tensor& have, const tensor& want) {
  auto a = support::numbers(have);
  auto b = support::numbers(want);
  REQUIRE(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    CAPTURE(i, a[i], b[i]);
    CHECK((a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))
           || std::abs(a[i] - b[i])
                <= 1e-8 * std::max(1.0, std::abs(a[i]) + std::abs(b[i]))));
  }
}

// The gradients and the tangent of one sample.
void compare(const json& sample, const builder& build,
             const sample_reader& reader) {
  graph g;
  arguments in;
  collect(sample["input"], reader, g, in);
  for (auto& x : sample["args"])
    collect(x, reader, g, in);
  in.named = sample["kwargs"];
  auto y = build(in);
  auto first = sample["diff_out"][0].get<size_t>();
  check_close(support::run(y), reader.read(sample["outputs"][first]));
  auto active = find_active(sample["active"], reader, in);
  auto seed = g.constant(reader.read(sample["cotangent"][0]));
  auto gradients = vjp({y}, active, {seed});
  for (size_t i = 0; i < active.size(); ++i)
    check_close(support::run(gradients[i]), reader.read(sample["vjp"][i]));
  if (!sample.contains("jvp") || sample["jvp"].empty()
      || sample["jvp"][0].is_null())
    return;
  exprs tangents;
  for (auto& t : sample["tangent"])
    tangents.push_back(g.constant(reader.read(t)));
  check_close(support::run(jvp({y}, active, tangents)[0]),
              reader.read(sample["jvp"][0]));
}

} // namespace

TEST_CASE("derivatives agree with reference samples") {
  auto* folder = std::getenv("MORPH_OPGOLD");
  if (!folder) {
    WARN("MORPH_OPGOLD is not set: nothing to compare");
    return;
  }
  const sample_reader reader{folder};
  std::ifstream index{std::string{folder} + "/index.jsonl"};
  size_t compared = 0;
  for (std::string line; std::getline(index, line);) {
    auto sample = json::parse(line);
    auto name = sample["op"].get<std::string>();
    if (auto variant = sample["variant"].get<std::string>(); !variant.empty())
      name += "/" + variant;
    auto build = builders().find(name);
    if (build == builders().end())
      continue;
    CAPTURE(name, sample["sample"].get<int>());
    compare(sample, build->second, reader);
    ++compared;
  }
  CHECK(compared > 150);
}
