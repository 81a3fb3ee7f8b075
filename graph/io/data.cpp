#include <morph/graph/error.hpp>
#include <morph/graph/io/data.hpp>
#include <morph/graph/io/elements.hpp>
#include <morph/graph/io/idx.hpp>
#include <morph/graph/io/npy.hpp>

#include <utility>

namespace morph::data {

namespace {

void check_rows(const dataset& x, const std::filesystem::path& first,
                const std::filesystem::path& second) {
  if (x.x.rank() == 0 || x.y.rank() == 0 || x.size() != x.y.shape()[0])
    throw failure{error{errc::shape_mismatch,
                        first.string() + " holds " + to_string(x.x.shape())
                          + " and " + second.string() + " holds "
                          + to_string(x.y.shape()) + ": they differ in rows"}};
}

} // namespace

csv_source::csv_source(std::filesystem::path path) : path_(std::move(path)) {
  // nop
}

csv_source csv_source::separator(char x) const {
  auto out = *this;
  out.options_.separator = x;
  return out;
}

csv_source csv_source::no_header() const {
  auto out = *this;
  out.options_.header = csv_header::absent;
  return out;
}

csv_source csv_source::as(dtype t) const {
  auto out = *this;
  out.options_.type = t;
  return out;
}

csv_source csv_source::scaled(double factor) const {
  auto out = *this;
  out.factor_ = factor;
  return out;
}

csv_source csv_source::train_on(double fraction) const {
  auto out = *this;
  out.fraction_ = fraction;
  return out;
}

csv_source csv_source::split_seed(uint64_t seed) const {
  auto out = *this;
  out.seed_ = seed;
  return out;
}

csv_source csv_source::in_file_order() const {
  auto out = *this;
  out.seed_.reset();
  return out;
}

datasets csv_source::label(std::string_view column) const {
  return load(column, false);
}

datasets csv_source::target(std::string_view column) const {
  return load(column, true);
}

dataset csv_source::all() const {
  dataset out{unwrap(read_csv(path_, options_)).x, {}};
  return factor_ == 1 ? out : out.scaled(factor_);
}

datasets csv_source::load(std::string_view column, bool as_number) const {
  auto options = options_;
  options.predict = column;
  options.predict_number = as_number;
  auto table = unwrap(read_csv(path_, options));
  dataset rows{std::move(table.x), std::move(table.y)};
  if (factor_ != 1)
    rows = rows.scaled(factor_);
  auto out = seed_ ? split(rows, fraction_, *seed_) : split(rows, fraction_);
  out.classes = std::move(table.classes);
  return out;
}

csv_source csv(std::filesystem::path path) {
  return csv_source{std::move(path)};
}

dataset idx(const std::filesystem::path& images,
            const std::filesystem::path& labels) {
  dataset out{unwrap(read_idx(images)),
              unwrap(to_i64(unwrap(read_idx(labels)), labels.string()))};
  check_rows(out, images, labels);
  return out;
}

dataset npy(const std::filesystem::path& x, const std::filesystem::path& y) {
  dataset out{unwrap(read_npy(x)), unwrap(read_npy(y))};
  check_rows(out, x, y);
  return out;
}

datasets mnist(const std::filesystem::path& folder) {
  auto part = [&](const std::string& prefix) {
    return idx(folder / (prefix + "-images-idx3-ubyte"),
               folder / (prefix + "-labels-idx1-ubyte"))
      .scaled(1.0 / 255);
  };
  return {part("train"), part("t10k"), {}};
}

} // namespace morph::data
