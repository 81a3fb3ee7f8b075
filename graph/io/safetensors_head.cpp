#include <morph/graph/io/safetensors_head.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace morph::detail {

namespace {

struct dtype_row {
  std::string_view name;
  dtype type;
};

constexpr std::array dtypes{
  dtype_row{"F32", f32}, dtype_row{"F64", f64}, dtype_row{"I32", i32},
  dtype_row{"I64", i64}, dtype_row{"U8", u8},   dtype_row{"BOOL", boolean},
};

/// Receives the events of the JSON parser. The form is fixed, so nothing is
/// built that the file has no right to: memory stays within the text's size.
class head_handler : public nlohmann::json_sax<nlohmann::json> {
public:
  bool start_object(size_t) override {
    switch (at_) {
      case at::start:
        return go(at::names);
      case at::entry:
        return go(current_ == "__metadata__" ? at::metadata : at::fields);
      default:
        return unexpected("an object");
    }
  }

  bool end_object() override {
    switch (at_) {
      case at::names:
        return go(at::done);
      case at::metadata:
        return go(at::names);
      default:
        return fields_ == all_fields
                 ? go(at::names)
                 : reject("'" + current_
                          + "' needs dtype, shape and data_offsets");
    }
  }

  bool key(std::string& x) override {
    if (at_ == at::names) {
      if (!seen_.insert(x).second)
        return reject("the name '" + x + "' stands twice");
      current_ = x;
      fields_ = 0;
      if (x != "__metadata__")
        out_.tensors.emplace_back().name = x;
      return go(at::entry);
    }
    if (at_ == at::metadata) {
      if (out_.metadata.contains(x))
        return reject("the metadata '" + x + "' stands twice");
      field_ = x;
      return go(at::text);
    }
    auto bit = x == "dtype"          ? 1
               : x == "shape"        ? 2
               : x == "data_offsets" ? 4
                                     : 0;
    if (bit == 0 || (fields_ & bit) != 0)
      return reject("'" + current_ + "' has the field '" + x
                    + (bit == 0 ? "', which is unknown" : "' twice"));
    fields_ |= bit;
    numbers_ = 0;
    return go(bit == 1 ? at::type : bit == 2 ? at::shape : at::offsets);
  }

  bool string(std::string& x) override {
    if (at_ == at::text) {
      out_.metadata.emplace(field_, x);
      return go(at::metadata);
    }
    if (at_ != at::type)
      return unexpected("a string");
    auto row = std::find_if(dtypes.begin(), dtypes.end(),
                            [&](auto& r) { return r.name == x; });
    if (row == dtypes.end())
      return reject("'" + current_ + "' has elements of type '" + x
                      + "', which has no dtype here",
                    errc::unsupported_format);
    out_.tensors.back().type = row->type;
    return go(at::fields);
  }

  bool start_array(size_t) override {
    if ((at_ != at::shape && at_ != at::offsets) || in_array_)
      return unexpected("a list");
    in_array_ = true;
    return true;
  }

  bool end_array() override {
    in_array_ = false;
    if (at_ == at::offsets && numbers_ != 2)
      return reject("'" + current_ + "' needs two data_offsets");
    return go(at::fields);
  }

  bool number_unsigned(uint64_t x) override {
    if (!in_array_)
      return unexpected("a number");
    auto& t = out_.tensors.back();
    ++numbers_;
    if (at_ == at::offsets) {
      (numbers_ == 1 ? t.begin : t.end) = x;
      return numbers_ <= 2 || reject("'" + current_ + "' has a third offset");
    }
    if (x > uint64_t{1} << 62)
      return reject("an extent of '" + current_ + "' is too large");
    if (t.extents.rank() == morph::shape::max_rank)
      return reject("'" + current_ + "' has more than 8 axes",
                    errc::unsupported_format);
    t.extents.push_back(static_cast<int64_t>(x));
    return true;
  }

  bool number_integer(int64_t) override {
    return unexpected("a negative number");
  }

  bool number_float(double, const std::string&) override {
    return unexpected("a fraction");
  }

  bool boolean(bool) override {
    return unexpected("a boolean");
  }

  bool null() override {
    return unexpected("null");
  }

  bool binary(nlohmann::json::binary_t&) override {
    return unexpected("binary data");
  }

  bool parse_error(size_t position, const std::string& token,
                   const nlohmann::detail::exception&) override {
    // Without the parser's own text, which names its source.
    return reject("no valid JSON at byte " + std::to_string(position)
                  + " of the head, near '" + token.substr(0, 40) + "'");
  }

  result<safetensors_header> finish(bool ok) {
    if (!ok)
      return fail(std::move(error_));
    return std::move(out_);
  }

private:
  static constexpr int all_fields = 7;

  /// What may come next.
  enum class at : uint8_t {
    start,    // the object that is the head
    names,    // a name, or the end
    entry,    // the object of a name
    metadata, // a name of metadata, or the end
    text,     // a string of metadata
    fields,   // a field of a tensor, or the end
    type,
    shape,
    offsets,
    done,
  };

  bool go(at next) {
    at_ = next;
    return true;
  }

  bool reject(std::string what, errc code = errc::malformed_file) {
    error_ = error{code, std::move(what)};
    return false;
  }

  bool unexpected(const char* what) {
    return reject(std::string{what} + " stands where the head "
                  + (current_.empty() ? "begins" : "has '" + current_ + "'"));
  }

  safetensors_header out_;
  error error_;
  std::set<std::string> seen_;
  std::string current_;
  std::string field_;
  at at_ = at::start;
  int fields_ = 0;
  int numbers_ = 0;
  bool in_array_ = false;
};

std::string quoted(const std::string& x) {
  return nlohmann::json(x).dump();
}

} // namespace

result<safetensors_header> parse_safetensors_header(std::string_view text) {
  head_handler handler;
  auto ok = nlohmann::json::sax_parse(text.begin(), text.end(), &handler);
  return handler.finish(ok);
}

result<std::string> to_json(const safetensors_header& x) {
  try {
    std::string out = "{";
    auto separate = [&] {
      if (out.size() > 1)
        out += ',';
    };
    if (!x.metadata.empty()) {
      out += "\"__metadata__\":" + nlohmann::json(x.metadata).dump();
    }
    for (auto& t : x.tensors) {
      separate();
      auto row = std::find_if(dtypes.begin(), dtypes.end(),
                              [&](auto& r) { return r.type == t.type; });
      auto dims = t.extents.dims();
      std::vector<int64_t> extents(dims.begin(), dims.end());
      out += quoted(t.name) + ":{\"dtype\":\"" + std::string{row->name}
             + "\",\"shape\":" + nlohmann::json(extents).dump()
             + ",\"data_offsets\":[" + std::to_string(t.begin) + ","
             + std::to_string(t.end) + "]}";
    }
    return out + "}";
  } catch (const nlohmann::json::exception&) {
    return fail(errc::write_failed,
                "a name or metadata of a safetensors file is not UTF-8");
  }
}

} // namespace morph::detail
