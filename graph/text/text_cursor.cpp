#include <morph/graph/text/literal.hpp>
#include <morph/graph/text/text_cursor.hpp>

#include <charconv>
#include <utility>

namespace morph::detail {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return -1;
}

} // namespace

text_cursor::text_cursor(std::string_view text, std::string name)
  : text_(text), name_(std::move(name)) {
  // nop
}

bool text_cursor::at_line_end() {
  skip_blanks();
  return at_ == text_.size() || text_[at_] == '\n' || text_[at_] == '#';
}

bool text_cursor::next_line() {
  at_ = text_.find('\n', at_);
  if (at_ == std::string_view::npos) {
    at_ = text_.size();
    return false;
  }
  line_start_ = ++at_;
  ++line_;
  return true;
}

bool text_cursor::sees(char c) {
  skip_blanks();
  return at_ < text_.size() && text_[at_] == c;
}

bool text_cursor::accept(char c) {
  if (!sees(c))
    return false;
  ++at_;
  return true;
}

bool text_cursor::require(char c) {
  return accept(c) || expected(std::string{"'"} + c + "'");
}

std::string_view text_cursor::word() {
  skip_blanks();
  auto start = at_;
  while (at_ < text_.size() && is_word_part(text_[at_]))
    ++at_;
  return text_.substr(start, at_ - start);
}

std::string_view text_cursor::scalar() {
  skip_blanks();
  auto start = at_;
  while (at_ < text_.size()
         && (is_word_part(text_[at_]) || text_[at_] == '.' || text_[at_] == '-'
             || text_[at_] == '+'))
    ++at_;
  return text_.substr(start, at_ - start);
}

bool text_cursor::string(std::string& out) {
  if (!accept('"'))
    return expected("a quoted string");
  out.clear();
  for (;;) {
    // Plain characters in one piece: strings may be very long.
    auto stop = text_.find_first_of("\"\\\n", at_);
    if (stop == std::string_view::npos || text_[stop] == '\n') {
      at_ = std::min(stop, text_.size());
      return expected("a closing quote");
    }
    out.append(text_, at_, stop - at_);
    at_ = stop + 1;
    if (text_[stop] == '"')
      return true;
    auto escape = text_.substr(at_, 3);
    if (escape.starts_with('"') || escape.starts_with('\\')) {
      out += escape.front();
      ++at_;
      continue;
    }
    auto high = escape.size() == 3 ? hex_digit(escape[1]) : -1;
    auto low = escape.size() == 3 ? hex_digit(escape[2]) : -1;
    if (!escape.starts_with('x') || high < 0 || low < 0)
      return expected("one of \\\" \\\\ \\xhh");
    out += static_cast<char>(high << 4 | low);
    at_ += 3;
  }
}

bool text_cursor::word_or_string(std::string& out, std::string_view what) {
  if (sees('"'))
    return string(out);
  out = word();
  return !out.empty() || expected(what);
}

template <class T>
bool text_cursor::integer(T& out, std::string_view what) {
  skip_blanks();
  auto rest = text_.substr(at_);
  auto [end, ec] = std::from_chars(rest.data(), rest.data() + rest.size(), out);
  if (ec == std::errc::result_out_of_range)
    return reject(errc::syntax_error, std::string{what} + " is out of range");
  if (ec != std::errc{})
    return expected(what);
  at_ += static_cast<size_t>(end - rest.data());
  return true;
}

template bool text_cursor::integer(int64_t&, std::string_view);
template bool text_cursor::integer(uint32_t&, std::string_view);
template bool text_cursor::integer(uint16_t&, std::string_view);

std::string_view text_cursor::until(std::string_view stops) {
  auto start = at_;
  while (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != ' '
         && stops.find(text_[at_]) == std::string_view::npos)
    ++at_;
  return text_.substr(start, at_ - start);
}

size_t text_cursor::column() {
  skip_blanks();
  return at_ - line_start_ + 1;
}

bool text_cursor::expected(std::string_view what) {
  skip_blanks();
  return reject(errc::syntax_error,
                "expected " + std::string{what} + ", found " + found());
}

bool text_cursor::reject(errc code, std::string_view what) {
  return reject_at(at_ - line_start_ + 1, error{code, std::string{what}});
}

bool text_cursor::reject_at(size_t column, error x) {
  if (error_.code != errc::none)
    return false;
  x.message = name_ + ", line " + std::to_string(line_) + ", column "
              + std::to_string(column) + ": " + x.message;
  x.where = place{name_, line_};
  error_ = std::move(x);
  return false;
}

void text_cursor::skip_blanks() {
  while (at_ < text_.size()
         && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r'))
    ++at_;
}

std::string text_cursor::found() const {
  if (at_ == text_.size())
    return "the end of the text";
  if (text_[at_] == '\n')
    return "the end of the line";
  size_t n = 0;
  while (n < 20 && at_ + n < text_.size() && is_word_part(text_[at_ + n]))
    ++n;
  return quoted_text(text_.substr(at_, std::max<size_t>(n, 1)));
}

} // namespace morph::detail
