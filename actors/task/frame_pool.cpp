#include <morph/actors/task/frame_pool.hpp>

#include <array>
#include <new>

namespace morph::tasks {

namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool keeps = false;
#else
constexpr bool keeps = true;
#endif

constexpr size_t step = 64;
constexpr size_t classes = 32;

struct block {
  block* next;
};

struct free_list {
  block* head = nullptr;
  size_t length = 0;
};

enum class life : unsigned char { fresh, alive, over };

/// No destructor: it may be used while the thread's other objects end.
struct thread_lists {
  std::array<free_list, classes> by_class;
  life state = life::fresh;
};

thread_local thread_lists lists;

/// Ends what the thread keeps when the thread ends.
struct thread_end {
  ~thread_end() {
    lists.state = life::over;
    for (auto& x : lists.by_class) {
      while (x.head) {
        auto* p = x.head;
        x.head = p->next;
        ::operator delete(p);
      }
      x.length = 0;
    }
  }

  void arm() noexcept {
    lists.state = life::alive;
  }
};

thread_local thread_end ending;

constexpr size_t class_of(size_t n) noexcept {
  return (n - 1) / step;
}

} // namespace

void* allocate_frame(size_t n) {
  auto c = class_of(n);
  if (!keeps || c >= classes)
    return ::operator new(n);
  auto& x = lists.by_class[c];
  if (auto* p = x.head) {
    x.head = p->next;
    --x.length;
    return p;
  }
  return ::operator new((c + 1) * step);
}

void free_frame(void* p, size_t n) noexcept {
  auto c = class_of(n);
  if (!keeps || c >= classes || lists.state == life::over) {
    ::operator delete(p);
    return;
  }
  if (lists.state == life::fresh)
    ending.arm();
  auto& x = lists.by_class[c];
  if (x.length * (c + 1) * step >= kept_bytes) {
    ::operator delete(p);
    return;
  }
  x.head = ::new (p) block{x.head};
  ++x.length;
}

size_t frames_kept() noexcept {
  size_t out = 0;
  for (size_t c = 0; c < classes; ++c)
    out += lists.by_class[c].length * (c + 1) * step;
  return out;
}

} // namespace morph::tasks
