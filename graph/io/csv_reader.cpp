#include <morph/graph/io/csv_reader.hpp>

#include <utility>

namespace morph {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

void trim(std::string& x) {
  while (!x.empty() && is_blank(x.back()))
    x.pop_back();
  size_t n = 0;
  while (n < x.size() && is_blank(x[n]))
    ++n;
  x.erase(0, n);
}

} // namespace

csv_reader::csv_reader(std::istream& in, std::string name, char separator)
  : in_(in), name_(std::move(name)), separator_(separator), buffer_(1 << 16) {
  skip_byte_order_mark();
}

result<bool> csv_reader::next(std::vector<csv_field>& record) {
  while (take_line_end())
    ; // Blank lines mean nothing.
  record.clear();
  if (peek() == end_of_input) {
    if (in_.bad())
      return fail(here(errc::cannot_open, "reading failed"));
    return false;
  }
  for (;;) {
    if (record.size() == max_fields)
      return fail(here(errc::unsupported_format, "more than 2^20 fields"));
    auto& field = record.emplace_back();
    if (auto ok = read_field(field); !ok)
      return fail(std::move(ok.error()));
    if (peek() == end_of_input || take_line_end())
      return true;
    if (peek() != static_cast<unsigned char>(separator_))
      return fail(here(errc::malformed_file, "text follows a closing quote"));
    take();
  }
}

error csv_reader::at(uint32_t line, uint32_t column, errc code,
                     std::string_view what) const {
  error out{code, name_ + ", line " + std::to_string(line) + ", column "
                    + std::to_string(column) + ": " + std::string{what}};
  out.where = place{name_, line};
  return out;
}

error csv_reader::here(errc code, std::string_view what) const {
  return at(line_, column_, code, what);
}

int csv_reader::peek() {
  if (at_ == filled_) {
    in_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    filled_ = static_cast<size_t>(in_.gcount());
    at_ = 0;
    if (filled_ == 0)
      return end_of_input;
  }
  return static_cast<unsigned char>(buffer_[at_]);
}

int csv_reader::take() {
  auto c = peek();
  if (c == end_of_input)
    return c;
  ++at_;
  ++column_;
  if (c == '\n') {
    ++line_;
    column_ = 1;
  }
  return c;
}

bool csv_reader::take_line_end() {
  if (peek() == '\n') {
    take();
    return true;
  }
  if (peek() != '\r')
    return false;
  take();
  if (peek() == '\n') {
    take();
  } else {
    ++line_;
    column_ = 1;
  }
  return true;
}

void csv_reader::skip_byte_order_mark() {
  peek();
  if (filled_ >= 3 && std::string_view{buffer_.data(), 3} == "\xef\xbb\xbf")
    at_ = 3;
}

result<void> csv_reader::read_field(csv_field& out) {
  out.line = line_;
  out.column = column_;
  for (;;) {
    auto c = peek();
    if (c == end_of_input || c == '\n' || c == '\r'
        || c == static_cast<unsigned char>(separator_))
      break;
    if (c == '"') {
      trim(out.text);
      if (!out.text.empty())
        return fail(here(errc::malformed_file, "a quote inside a bare field"));
      return read_quoted(out);
    }
    if (out.text.size() == max_field)
      return fail(here(errc::unsupported_format, "a field beyond 1 MiB"));
    out.text += static_cast<char>(take());
  }
  trim(out.text);
  return {};
}

result<void> csv_reader::read_quoted(csv_field& out) {
  out.quoted = true;
  take();
  for (;;) {
    auto c = take();
    if (c == end_of_input)
      return fail(at(out, errc::truncated_file, "the quote is never closed"));
    if (c == '"') {
      if (peek() != '"')
        break;
      take();
    }
    if (out.text.size() == max_field)
      return fail(at(out, errc::unsupported_format, "a field beyond 1 MiB"));
    out.text += static_cast<char>(c);
  }
  while (peek() != static_cast<unsigned char>(separator_)
         && (peek() == ' ' || peek() == '\t'))
    take();
  return {};
}

} // namespace morph
