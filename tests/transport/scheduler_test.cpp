#include <morph/graph/clock.hpp>
#include <morph/transport/compat/scheduler.hpp>

#include <catch2/catch.hpp>

#include <memory>
#include <thread>
#include <vector>

using morph::compat::wake_on_enqueue;

namespace {

// The policy between threads of our own, without the rest of CAF: what it
// promises is that a job passes from the thread that enqueues it to exactly
// one that runs it, and that no thread sleeps while jobs wait.

struct workers;

struct worker {
  worker(workers* all, size_t number) : parent_(all), id_(number) {
    // nop
  }

  wake_on_enqueue::worker_data& data() {
    return data_;
  }

  workers* parent() {
    return parent_;
  }

  size_t id() const {
    return id_;
  }

  workers* parent_;
  size_t id_;
  wake_on_enqueue::worker_data data_{nullptr};
};

struct workers {
  explicit workers(size_t n) {
    for (size_t i = 0; i < n; ++i)
      all.push_back(std::make_unique<worker>(this, i));
  }

  wake_on_enqueue::coordinator_data& data() {
    return data_;
  }

  worker* worker_by_id(size_t i) {
    return all[i].get();
  }

  size_t num_workers() const {
    return all.size();
  }

  std::vector<std::unique_ptr<worker>> all;
  wake_on_enqueue::coordinator_data data_{nullptr};
};

/// Runs `rounds` times, each time making the next one runnable. Its members
/// are plain: only the hand-over makes them safe to touch.
struct job : caf::resumable {
  resume_result resume(caf::execution_unit*, size_t) override {
    return done;
  }

  void intrusive_ptr_add_ref_impl() override {
    // nop
  }

  void intrusive_ptr_release_impl() override {
    // nop
  }

  job* next = nullptr;
  int runs = 0;
  int left = 0;
};

/// Tells one worker to end.
struct last_job : job {};

void run(worker* self, std::atomic<int>& finished) {
  wake_on_enqueue policy;
  for (;;) {
    auto* x = static_cast<job*>(policy.dequeue(self));
    if (dynamic_cast<last_job*>(x) != nullptr)
      return;
    ++x->runs;
    policy.before_resume(self, x);
    if (--x->left == 0) {
      ++finished;
      finished.notify_one();
    } else if (x->next == x) {
      policy.resume_job_later(self, x);
    } else {
      policy.internal_enqueue(self, x->next);
    }
  }
}

} // namespace

TEST_CASE("each job runs as often as it is enqueued, and none is left behind") {
  auto n = GENERATE(size_t{1}, size_t{2}, size_t{4});
  CAPTURE(n);
  constexpr int num_pairs = 20;
  constexpr int runs = 500;
  workers all{n};
  std::atomic<int> finished{0};
  std::vector<std::thread> threads;
  for (auto& w : all.all)
    threads.emplace_back(run, w.get(), std::ref(finished));
  // Pairs that wake each other, and loners that come back by themselves.
  std::vector<job> jobs(3 * num_pairs);
  for (int i = 0; i < num_pairs; ++i) {
    auto* x = &jobs[static_cast<size_t>(3 * i)];
    x[0].next = &x[1];
    x[1].next = &x[0];
    x[2].next = &x[2];
    x[0].left = runs;
    x[1].left = runs;
    x[2].left = runs;
  }
  wake_on_enqueue outside;
  for (int i = 0; i < num_pairs; ++i) {
    outside.central_enqueue(&all, &jobs[static_cast<size_t>(3 * i)]);
    outside.central_enqueue(&all, &jobs[static_cast<size_t>(3 * i + 2)]);
    // Let some fall asleep in between: wait for the loners now and then.
    if (i % 5 == 4)
      for (auto seen = finished.load(); seen < i / 2; seen = finished.load())
        finished.wait(seen);
  }
  // In a pair the first reaches zero before the second has its last run.
  for (auto seen = finished.load(); seen < 2 * num_pairs;
       seen = finished.load())
    finished.wait(seen);
  std::vector<last_job> ends(n);
  for (auto& x : ends)
    outside.central_enqueue(&all, &x);
  for (auto& t : threads)
    t.join();
  for (int i = 0; i < num_pairs; ++i) {
    auto* x = &jobs[static_cast<size_t>(3 * i)];
    CHECK(x[0].runs == runs);
    CHECK(x[1].runs == runs - 1);
    CHECK(x[2].runs == runs);
  }
}

TEST_CASE("a job from outside has its turn on a worker that is busy") {
  auto n = GENERATE(size_t{1}, size_t{2});
  CAPTURE(n);
  workers all{n};
  auto* w = all.worker_by_id(0);
  wake_on_enqueue policy;
  job loner;
  job slot;
  job outsider;
  auto again = GENERATE(true, false);
  CAPTURE(again);
  policy.external_enqueue(w, &loner);
  if (!again)
    policy.internal_enqueue(w, &slot);
  auto turns = 0;
  for (auto enqueued = false; turns < 10'000; ++turns) {
    auto* x = policy.dequeue(w);
    if (x == &outsider)
      break;
    if (x == &slot)
      policy.internal_enqueue(w, &slot);
    else
      policy.resume_job_later(w, x);
    if (!enqueued)
      policy.external_enqueue(w, &outsider);
    enqueued = true;
  }
  CHECK(turns < 1000);
}

TEST_CASE("a worker lingers after a short wait and not after a long one") {
  workers all{2};
  auto* w = all.worker_by_id(0);
  auto* other = all.worker_by_id(1);
  wake_on_enqueue policy;
  job work;
  auto& lingers = w->data().lingers;
  // A wait is short unless this thread is held up just then.
  for (int i = 0; i < 1000 && !lingers; ++i) {
    policy.external_enqueue(other, &work);
    REQUIRE(policy.dequeue(w) == &work);
  }
  CHECK(lingers);
  std::thread late{[&] {
    for (auto until = morph::now_ns() + 5'000'000; morph::now_ns() < until;)
      std::this_thread::yield();
    policy.external_enqueue(other, &work);
  }};
  CHECK(policy.dequeue(w) == &work);
  CHECK_FALSE(lingers);
  late.join();
}
