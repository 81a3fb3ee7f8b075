#include <morph/actors/io/gather.hpp>

#include <algorithm>

namespace morph {

uint64_t gathered::size() const noexcept {
  uint64_t n = 0;
  for (auto& x : parts_)
    n += x.size();
  return parts_.empty() ? 0 : n + (repeats_ - 1) * parts_.back().size();
}

gather_cursor::gather_cursor(gathered x)
  : all_(std::move(x)), size_(all_.size()) {
  auto parts = all_.parts();
  for (size_t i = 0; i + 1 < parts.size(); ++i)
    tail_begin_ += parts[i].size();
  if (parts.empty())
    return;
  tail_ = parts.back();
  if (all_.repeats() < 2 || tail_.empty() || tail_.size() > block / 16)
    return;
  auto copies = std::min<uint64_t>(block / tail_.size(), all_.repeats());
  block_.reserve(copies * tail_.size());
  for (uint64_t i = 0; i < copies; ++i)
    block_.insert(block_.end(), tail_.begin(), tail_.end());
  tail_ = block_;
}

std::span<const const_bytes> gather_cursor::peek(
  std::span<const_bytes> out) const noexcept {
  size_t n = 0;
  auto at = at_;
  auto part = part_;
  auto within = within_;
  for (; at < tail_begin_ && n < out.size(); ++part, within = 0) {
    auto rest = all_.parts()[part].subspan(within);
    at += rest.size();
    if (!rest.empty())
      out[n++] = rest;
  }
  while (at >= tail_begin_ && at < size_ && n < out.size()) {
    auto from = (at - tail_begin_) % tail_.size();
    auto most = std::min<uint64_t>(tail_.size() - from, size_ - at);
    out[n++] = tail_.subspan(from, most);
    at += most;
  }
  return out.first(n);
}

void gather_cursor::advance(uint64_t n) noexcept {
  at_ += n;
  if (at_ >= tail_begin_)
    return;
  auto in_part = within_ + n;
  while (in_part >= all_.parts()[part_].size())
    in_part -= all_.parts()[part_++].size();
  within_ = in_part;
}

} // namespace morph
