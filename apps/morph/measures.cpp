#include <morph/apps/morph/measures.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>

namespace morph::cli {

namespace {

constexpr int64_t rows_at_once = 256;

int64_t count_right(const tensor& logits, const tensor& labels) {
  auto classes = logits.shape().dims().back();
  int64_t right = 0;
  visit_dtype(logits.type(), [&](auto zero) {
    auto* row = logits.data<decltype(zero)>();
    for (auto label : labels.span<int64_t>()) {
      auto best = std::max_element(row, row + classes) - row;
      right += best == label ? 1 : 0;
      row += classes;
    }
  });
  return right;
}

class digest {
public:
  digest() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr);
  }

  void add(const void* data, size_t size) {
    EVP_DigestUpdate(context_.get(), data, size);
  }

  void add(const std::string& text) {
    add(text.c_str(), text.size() + 1);
  }

  std::string hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    EVP_DigestFinal_ex(context_.get(), bytes.data(), &size);
    static constexpr auto digits = "0123456789abcdef";
    std::string out;
    for (unsigned i = 0; i < size; ++i) {
      out += digits[bytes[i] >> 4];
      out += digits[bytes[i] & 15];
    }
    return out;
  }

private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

} // namespace

score measure(const model& m, const parameter_map& parameters,
              const dataset& rows) {
  score out;
  out.examples = rows.size();
  if (out.examples == 0)
    return out;
  auto classes = m.logits && rows.y.type() == i64;
  // Graphs may ask for batches of one size alone.
  auto extent = m.x.type().shape()[0];
  auto at_once = extent == dyn ? rows_at_once : extent;
  session s{m.g};
  classes ? s.also({m.loss, *m.logits}) : s.also({m.loss});
  s.assign(parameters);
  int64_t right = 0;
  int64_t seen = 0;
  double loss = 0;
  auto batches = rows.batches(at_once);
  if (extent != dyn)
    batches = batches.full_only();
  for (auto& b : batches) {
    auto values = s.submit({{m.x, b.x}, {m.t, b.y}}, false).get();
    auto n = b.x.shape()[0];
    loss += values.at(m.loss).item() * static_cast<double>(n);
    seen += n;
    if (classes)
      right += count_right(values.at(*m.logits), b.y);
  }
  out.examples = seen;
  if (seen == 0)
    return out;
  out.loss = loss / static_cast<double>(seen);
  if (classes)
    out.accuracy = static_cast<double>(right) / static_cast<double>(seen);
  return out;
}

std::string fingerprint(const parameter_map& parameters) {
  digest out;
  for (auto& [name, x] : parameters) {
    out.add(name);
    out.add(std::string{to_string(x.type())} + to_string(x.shape()));
    out.add(x.raw().data(), x.raw().size());
  }
  return out.hex();
}

} // namespace morph::cli
