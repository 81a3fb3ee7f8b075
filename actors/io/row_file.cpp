#include <morph/actors/io/row_file.hpp>

#include <algorithm>
#include <istream>
#include <streambuf>

namespace morph {

namespace {

/// Bytes as what `std::istream` reads.
class byte_buffer : public std::streambuf {
public:
  explicit byte_buffer(std::vector<std::byte>& x) {
    auto* first = reinterpret_cast<char*>(x.data());
    setg(first, first, first + x.size());
  }
};

io_operation<tensor> read_rows(file f, std::shared_ptr<const row_layout> x,
                               std::vector<int64_t> rows) {
  auto row = x->row_bytes();
  std::vector<std::byte> stored(rows.size() * row);
  for (size_t i = 0; row > 0 && i < rows.size();) {
    auto n = i + 1;
    while (n < rows.size() && rows[n] == rows[n - 1] + 1)
      ++n;
    auto out = std::span{stored}.subspan(i * row, (n - i) * row);
    auto offset = x->first + static_cast<uint64_t>(rows[i]) * row;
    auto got = co_await f.read(offset, out);
    if (!got)
      co_return fail(std::move(got.error()));
    if (*got < out.size())
      co_return fail(errc::truncated_file, x->name + ", byte "
                                             + std::to_string(offset + *got)
                                             + ": the file has become shorter");
    i = n;
  }
  auto at = rows.empty() ? 0 : static_cast<uint64_t>(rows.front()) * row;
  co_return decode_rows(*x, static_cast<int64_t>(rows.size()), stored,
                        x->first + at);
}

} // namespace

io_operation<row_file> row_file::open(io& x, std::filesystem::path path) {
  auto name = path.string();
  auto f = co_await x.open(std::move(path));
  if (!f)
    co_return fail(std::move(f.error()));
  auto size = co_await f->size();
  if (!size)
    co_return fail(std::move(size.error()));
  // Nearly all heads are short.
  for (auto most : {size_t{4096}, max_layout_head}) {
    std::vector<std::byte> head(std::min<uint64_t>(most, *size));
    auto n = co_await f->read(0, head);
    if (!n)
      co_return fail(std::move(n.error()));
    head.resize(*n);
    auto layout = layout_of(head, *size, name);
    auto cut = !layout && layout.error().code == errc::truncated_file;
    if (cut && head.size() == most && most < max_layout_head)
      continue;
    if (!layout)
      co_return fail(std::move(layout.error()));
    co_return row_file{std::move(*f), std::move(*layout)};
  }
  co_return fail(errc::malformed_file, name + ": the head does not end");
}

io_operation<tensor> row_file::read(std::vector<int64_t> rows) const {
  return read_rows(file_, layout_, std::move(rows));
}

io_operation<csv_table> read_csv(io& x, std::filesystem::path path,
                                 csv_options options) {
  auto name = path.string();
  auto f = co_await x.open(std::move(path));
  if (!f)
    co_return fail(std::move(f.error()));
  auto bytes = co_await f->read_all();
  if (!bytes)
    co_return fail(std::move(bytes.error()));
  byte_buffer buffer{*bytes};
  std::istream in{&buffer};
  co_return read_csv(in, name, options);
}

io_operation<csv_table> read_csv(io& x, std::filesystem::path path) {
  return read_csv(x, std::move(path), csv_options{});
}

} // namespace morph
