#include <morph/graph/io/npy_head.hpp>

#include <charconv>
#include <utility>

namespace morph::detail {

namespace {

class head_parser {
public:
  explicit head_parser(std::string_view text) : text_(text) {
    // nop
  }

  tl::expected<npy_header, npy_complaint> run() {
    if (!token("{"))
      return complain("expected '{'");
    while (!token("}")) {
      std::string key;
      if (!string(key))
        return complain("expected a key in quotes, or '}'");
      if (!token(":"))
        return complain("expected ':'");
      if (!entry(key))
        return tl::unexpected<npy_complaint>{std::move(complaint_)};
      if (!token(",") && peek() != '}')
        return complain("expected ',' or '}'");
    }
    skip_blanks();
    if (at_ != text_.size())
      return complain("the dictionary is followed by something else");
    if (!has_descr_ || !has_order_ || !has_shape_)
      return complain("needs the keys 'descr', 'fortran_order' and 'shape'");
    return std::move(out_);
  }

private:
  tl::unexpected<npy_complaint> complain(std::string message) {
    return tl::unexpected<npy_complaint>{{at_, std::move(message)}};
  }

  bool reject(std::string message, errc code = errc::malformed_file) {
    complaint_ = {at_, std::move(message), code};
    return false;
  }

  void skip_blanks() {
    while (at_ < text_.size()
           && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t'))
      ++at_;
  }

  char peek() {
    skip_blanks();
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  bool token(std::string_view x) {
    skip_blanks();
    if (text_.substr(at_, x.size()) != x)
      return false;
    at_ += x.size();
    return true;
  }

  bool string(std::string& out) {
    auto quote = peek();
    if (quote != '\'' && quote != '"')
      return false;
    auto end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos)
      return false;
    out = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return true;
  }

  bool entry(const std::string& key) {
    if (key == "descr")
      return once(has_descr_) && descr();
    if (key == "fortran_order")
      return once(has_order_) && order();
    if (key == "shape")
      return once(has_shape_) && extents();
    return reject("unknown key '" + key + "'");
  }

  bool once(bool& seen) {
    return !std::exchange(seen, true) || reject("a key stands twice");
  }

  bool descr() {
    if (peek() == '[')
      return reject("records with named fields are not supported",
                    errc::unsupported_format);
    return string(out_.descr) || reject("expected an element type in quotes");
  }

  bool order() {
    if (token("True"))
      return out_.fortran_order = true;
    return token("False") || reject("expected True or False");
  }

  bool extents() {
    if (!token("("))
      return reject("expected '('");
    while (!token(")")) {
      int64_t n = 0;
      skip_blanks();
      auto* first = text_.data() + at_;
      auto [end, ec] = std::from_chars(first, text_.data() + text_.size(), n);
      if (ec != std::errc{} || n < 0)
        return reject("expected an extent");
      at_ += static_cast<size_t>(end - first);
      token("L"); // Python 2 wrote long integers so.
      if (out_.extents.rank() == shape::max_rank)
        return reject("more than 8 axes", errc::unsupported_format);
      out_.extents.push_back(n);
      if (!token(",") && peek() != ')')
        return reject("expected ',' or ')'");
    }
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
  npy_header out_;
  npy_complaint complaint_;
  bool has_descr_ = false;
  bool has_order_ = false;
  bool has_shape_ = false;
};

} // namespace

tl::expected<npy_header, npy_complaint> parse_npy_header(
  std::string_view text) {
  return head_parser{text}.run();
}

} // namespace morph::detail
