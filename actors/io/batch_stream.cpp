#include <morph/actors/io/batch_stream.hpp>
#include <morph/actors/io/row_file.hpp>
#include <morph/graph/io/elements.hpp>

#include <algorithm>
#include <map>
#include <mutex>
#include <numeric>

namespace morph {

namespace {

using order_ptr = std::shared_ptr<const std::vector<int64_t>>;

io_operation<dataset> scaled_rows(row_source rows, std::vector<int64_t> indices,
                                  double factor) {
  auto x = co_await rows.rows(std::move(indices));
  if (!x)
    co_return fail(std::move(x.error()));
  co_return x->scaled(factor);
}

io_operation<dataset> file_rows(row_file x, std::optional<row_file> y,
                                std::vector<int64_t> indices) {
  dataset out;
  auto a = co_await x.read(indices);
  if (!a)
    co_return fail(std::move(a.error()));
  out.x = std::move(*a);
  if (!y)
    co_return out;
  auto b = co_await y->read(std::move(indices));
  if (!b)
    co_return fail(std::move(b.error()));
  out.y = std::move(*b);
  if (y->layout().big_endian) { // IDX, whose numbers are classes.
    auto classes = to_i64(out.y, y->layout().name);
    if (!classes)
      co_return fail(std::move(classes.error()));
    out.y = std::move(*classes);
  }
  co_return out;
}

row_source source_of(bool overlaps, row_file x, std::optional<row_file> y) {
  auto n = x.layout().rows();
  return {n, overlaps,
          [x = std::move(x), y = std::move(y)](std::vector<int64_t> indices) {
            return file_rows(x, y, std::move(indices));
          }};
}

} // namespace

row_source row_source::scaled(double factor) const {
  return {size_, overlaps_,
          [rows = *this, factor](std::vector<int64_t> indices) {
            return scaled_rows(rows, std::move(indices), factor);
          }};
}

batch_stream row_source::batches(int64_t rows_per_batch) const {
  return {*this, rows_per_batch};
}

row_source rows_of(dataset x) {
  auto n = x.size();
  return {n, true, [x = std::move(x)](const std::vector<int64_t>& indices) {
            return io_operation<dataset>{result<dataset>{x.rows(indices)}};
          }};
}

io_operation<row_source> rows_of(io& x, std::filesystem::path examples) {
  auto f = co_await row_file::open(x, std::move(examples));
  if (!f)
    co_return fail(std::move(f.error()));
  co_return source_of(x.overlaps(), std::move(*f), std::nullopt);
}

io_operation<row_source> rows_of(io& x, std::filesystem::path examples,
                                 std::filesystem::path labels) {
  auto f = co_await row_file::open(x, std::move(examples));
  if (!f)
    co_return fail(std::move(f.error()));
  auto g = co_await row_file::open(x, std::move(labels));
  if (!g)
    co_return fail(std::move(g.error()));
  auto &a = f->layout(), &b = g->layout();
  if (a.rows() != b.rows())
    co_return fail(errc::shape_mismatch,
                   a.name + " holds " + to_string(a.extents) + " and " + b.name
                     + " holds " + to_string(b.extents)
                     + ": they differ in rows");
  co_return source_of(x.overlaps(), std::move(*f), std::move(*g));
}

/// Reads ahead and keeps what has arrived.
class batch_stream::state : public std::enable_shared_from_this<state> {
public:
  using callback = io_callback<std::optional<minibatch>>;

  state(row_source rows, int64_t rows_per_batch)
    : rows(std::move(rows)), rows_per_batch(rows_per_batch) {
    // nop
  }

  int64_t per_epoch() const noexcept {
    auto whole = rows.size() / rows_per_batch;
    auto rest = rows.size() % rows_per_batch != 0 && !full_only;
    return whole + (rest ? 1 : 0);
  }

  int64_t size() const noexcept {
    return per_epoch() * epochs;
  }

  void next(const std::stop_token& stop, callback done) {
    if (next_ >= size()) {
      done(std::optional<minibatch>{});
      return;
    }
    auto wanted = next_;
    auto last = rows.overlaps()
                  ? std::min(wanted + static_cast<int64_t>(ahead), size() - 1)
                  : wanted;
    for (auto i = wanted; i <= last; ++i)
      start(i);
    stop_.emplace(stop, cancel{this});
    // From here on whoever waits may be answered, and ask again.
    {
      std::lock_guard guard{mutex_};
      waiting_ = std::move(done);
      waits_for_ = wanted;
    }
    if (stop.stop_requested())
      cancel{this}();
    else
      hand_over();
  }

  void end() {
    source_.request_stop();
  }

  row_source rows;
  int64_t rows_per_batch;
  int64_t epochs = 1;
  std::optional<uint64_t> seed;
  bool full_only = false;
  size_t ahead = 2;

private:
  struct cancel {
    state* self;

    void operator()() const {
      if (auto done = self->take_waiting())
        done(io_cancelled());
    }
  };

  /// Whoever takes it calls it.
  callback take_waiting() {
    std::lock_guard guard{mutex_};
    return std::exchange(waiting_, nullptr);
  }

  /// The rows of a batch; orders of epochs that are over are forgotten.
  std::vector<int64_t> rows_in(int64_t epoch, int64_t index) {
    auto& order = orders_[epoch];
    if (!order) {
      std::vector<int64_t> all;
      if (seed) {
        all = permutation(rows.size(), *seed, static_cast<uint64_t>(epoch));
      } else {
        all.resize(static_cast<size_t>(rows.size()));
        std::iota(all.begin(), all.end(), int64_t{0});
      }
      order = std::make_shared<const std::vector<int64_t>>(std::move(all));
    }
    orders_.erase(orders_.begin(), orders_.lower_bound(next_ / per_epoch()));
    auto first = index * rows_per_batch;
    auto n = std::min(rows_per_batch, rows.size() - first);
    auto begin = order->begin() + first;
    return {begin, begin + n};
  }

  void start(int64_t number) {
    {
      std::lock_guard guard{mutex_};
      if (!slots_.emplace(number, std::nullopt).second)
        return;
    }
    auto epoch = number / per_epoch(), index = number % per_epoch();
    rows.rows(rows_in(epoch, index))
      .until(source_.get_token())
      .start(
        [self = shared_from_this(), number, epoch, index](result<dataset> x) {
          {
            std::lock_guard guard{self->mutex_};
            self->slots_[number] = std::move(x).map([&](dataset y) {
              return minibatch{std::move(y.x), std::move(y.y), epoch, index};
            });
          }
          self->hand_over();
        });
  }

  /// Gives what has arrived to whoever waits for it.
  void hand_over() {
    std::unique_lock guard{mutex_};
    auto i = slots_.find(waits_for_);
    if (!waiting_ || i == slots_.end() || !i->second)
      return;
    auto x = std::move(*i->second);
    slots_.erase(i);
    auto done = std::exchange(waiting_, nullptr);
    if (x)
      ++next_;
    guard.unlock();
    done(std::move(x).map(
      [](minibatch y) { return std::optional<minibatch>{std::move(y)}; }));
  }

  std::mutex mutex_;
  callback waiting_;
  int64_t waits_for_ = 0;
  int64_t next_ = 0; ///< Changes only while somebody waits.
  std::map<int64_t, std::optional<result<minibatch>>> slots_;
  std::map<int64_t, order_ptr> orders_;
  std::stop_source source_;
  std::optional<std::stop_callback<cancel>> stop_;
};

batch_stream::batch_stream(row_source rows, int64_t rows_per_batch) {
  if (rows_per_batch < 1)
    throw failure{
      error{errc::invalid_attribute, "a batch has at least one row, not "
                                       + std::to_string(rows_per_batch)}};
  state_ = std::make_shared<state>(std::move(rows), rows_per_batch);
}

batch_stream::batch_stream(batch_stream&&) noexcept = default;

batch_stream& batch_stream::operator=(batch_stream&& x) noexcept {
  std::swap(state_, x.state_);
  return *this;
}

batch_stream::~batch_stream() {
  if (state_)
    state_->end();
}

batch_stream batch_stream::shuffled(uint64_t seed) && {
  state_->seed = seed;
  return std::move(*this);
}

batch_stream batch_stream::epochs(int64_t n) && {
  if (n < 0)
    throw failure{
      error{errc::invalid_attribute,
            "the number of epochs is negative: " + std::to_string(n)}};
  state_->epochs = n;
  return std::move(*this);
}

batch_stream batch_stream::full_only() && {
  state_->full_only = true;
  return std::move(*this);
}

batch_stream batch_stream::ahead(size_t n) && {
  state_->ahead = n;
  return std::move(*this);
}

int64_t batch_stream::size() const noexcept {
  return state_->size();
}

io_operation<std::optional<minibatch>> batch_stream::next() {
  using operation = io_operation<std::optional<minibatch>>;
  return operation{operation::starter{
    [s = state_](std::stop_token stop, state::callback done) {
      s->next(stop, std::move(done));
    }}};
}

std::optional<minibatch> batch_stream::take() {
  return unwrap(next().wait());
}

} // namespace morph
