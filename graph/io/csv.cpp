#include <morph/graph/graph.hpp>
#include <morph/graph/io/csv.hpp>
#include <morph/graph/io/csv_column.hpp>
#include <morph/graph/io/csv_reader.hpp>

#include <algorithm>
#include <fstream>
#include <utility>

namespace morph {

namespace {

constexpr size_t max_values = size_t{1} << 30;
constexpr size_t nowhere = static_cast<size_t>(-1);

using detail::parse_number;

bool names_columns(const std::vector<csv_field>& record) {
  return std::any_of(record.begin(), record.end(),
                     [](auto& x) { return !parse_number<double>(x.text); });
}

std::string shown(const csv_field& x) {
  constexpr size_t most = 40;
  return "'" + x.text.substr(0, most) + (x.text.size() > most ? "..." : "")
         + "'";
}

/// Collects records into a table with elements of type `T`.
template <class T>
class table_builder {
public:
  table_builder(csv_reader& in, const csv_options& options)
    : in_(in), options_(options),
      predicted_(options.predict_number, options.type) {
    // nop
  }

  result<csv_table> run() {
    std::vector<csv_field> record;
    auto more = in_.next(record);
    if (!more)
      return fail(std::move(more.error()));
    if (!*more)
      return fail(in_.at(1, 1, errc::truncated_file, "there is no record"));
    auto named
      = options_.header == csv_header::present
        || (options_.header == csv_header::automatic && names_columns(record));
    for (size_t i = 0; i < record.size(); ++i)
      columns_.push_back(named ? record[i].text : std::to_string(i));
    if (auto ok = find_predicted(); !ok)
      return fail(std::move(ok.error()));
    if (named)
      more = in_.next(record);
    while (more && *more) {
      if (auto ok = add(record); !ok)
        return fail(std::move(ok.error()));
      more = in_.next(record);
    }
    if (!more)
      return fail(std::move(more.error()));
    if (rows_ == 0)
      return fail(in_.at(1, 1, errc::truncated_file,
                         "there is no record after the names of columns"));
    return finish();
  }

private:
  result<void> find_predicted() {
    if (options_.predict.empty())
      return {};
    auto i = std::find(columns_.begin(), columns_.end(), options_.predict);
    if (i == columns_.end())
      return fail(errc::unknown_name,
                  in_.name() + ": there is no column '" + options_.predict
                    + "'; the nearest is '"
                    + nearest(options_.predict, columns_) + "'");
    predict_ = static_cast<size_t>(i - columns_.begin());
    return {};
  }

  result<void> add(const std::vector<csv_field>& record) {
    if (record.size() != columns_.size())
      return fail(in_.at(record.back(), errc::malformed_file,
                         "the record has " + std::to_string(record.size())
                           + " fields; the first one has "
                           + std::to_string(columns_.size())));
    for (size_t i = 0; i < record.size(); ++i) {
      auto& field = record[i];
      if (i == predict_) {
        if (!predicted_.add(field.text))
          return fail(wrong(i, field, predicted_.wanted()));
        continue;
      }
      auto x = parse_number<T>(field.text);
      if (!x)
        return fail(wrong(i, field, "a number"));
      if (values_.size() == max_values)
        return fail(in_.at(field, errc::allocation_too_large,
                           "the table has more than 2^30 numbers"));
      values_.push_back(*x);
    }
    ++rows_;
    return {};
  }

  error wrong(size_t i, const csv_field& field, std::string_view wanted) const {
    auto what = parse_number<double>(field.text)
                  ? shown(field) + " is out of range"
                  : shown(field) + " is not " + std::string{wanted};
    return in_.at(field, errc::malformed_file,
                  "column '" + columns_[i] + "': "
                    + (field.text.empty() ? "the field is empty" : what));
  }

  csv_table finish() {
    csv_table out;
    auto width = columns_.size();
    if (predict_ != nowhere) {
      out.y = predicted_.take_values();
      out.classes = predicted_.classes();
      columns_.erase(columns_.begin() + static_cast<std::ptrdiff_t>(predict_));
      --width;
    }
    out.x = tensor::of<T>({rows_, static_cast<int64_t>(width)}, values_);
    out.columns = std::move(columns_);
    return out;
  }

  csv_reader& in_;
  const csv_options& options_;
  detail::csv_column predicted_;
  std::vector<std::string> columns_;
  std::vector<T> values_;
  int64_t rows_ = 0;
  size_t predict_ = nowhere;
};

} // namespace

result<csv_table> read_csv(const std::filesystem::path& path,
                           const csv_options& options) {
  std::ifstream in{path, std::ios::binary};
  if (!in)
    return fail(errc::cannot_open, path.string() + ": cannot be opened");
  return read_csv(in, path.string(), options);
}

result<csv_table> read_csv(std::istream& in, std::string name,
                           const csv_options& options) {
  csv_reader reader{in, std::move(name), options.separator};
  if (options.type == f64)
    return table_builder<double>{reader, options}.run();
  if (options.type == f32)
    return table_builder<float>{reader, options}.run();
  return fail(errc::invalid_attribute,
              "a table has elements of type f32 or f64, not "
                + std::string{to_string(options.type)});
}

} // namespace morph
