// Tells ThreadSanitizer what CAF's own code orders.
//
// Distributions ship CAF without instrumentation: the sanitizer sees neither
// the atomic operations of a mailbox nor those of a reference count, and would
// report each hand-over of a message as a race. Suppressions are no way out,
// since CAF is on the stack of everything that an actor does. Hence programs
// that are built with -fsanitize=thread replace the few functions of CAF 0.17
// through which memory passes from one thread to another: counts are compiled
// here, with instrumentation, and the others announce their edge to the
// sanitizer and go on in CAF. No edge is announced that CAF does not have.
//
//   enqueue of a message     -> the actor handles it, or throws it away
//   one activity of an actor -> its next one; its spawning counts as the first
//   release of a reference   -> destruction, by whoever releases the last one

#include <caf/abstract_actor.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/blocking_actor.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/memory_managed.hpp>
#include <caf/ref_counted.hpp>
#include <caf/scheduled_actor.hpp>

#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>

namespace {

/// CAF's own function, of which this program has a replacement.
template <class F>
F* original(const char* symbol) {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, symbol));
}

/// The name by which the sanitizer knows a message.
void* key(const caf::memory_managed* x) {
  return const_cast<caf::memory_managed*>(x);
}

} // namespace

namespace caf {

// -- messages -----------------------------------------------------------------

void scheduled_actor::enqueue(mailbox_element_ptr x, execution_unit* host) {
  using f = void(scheduled_actor*, mailbox_element_ptr, execution_unit*);
  static auto* next = original<f>(
    "_ZN3caf15scheduled_actor7enqueueESt10unique_ptrINS_15mailbox_elementENS_"
    "6detail8disposerEEPNS_14execution_unitE");
  __tsan_release(key(x.get()));
  next(this, std::move(x), host);
}

void blocking_actor::enqueue(mailbox_element_ptr x, execution_unit* host) {
  using f = void(blocking_actor*, mailbox_element_ptr, execution_unit*);
  static auto* next = original<f>(
    "_ZN3caf14blocking_actor7enqueueESt10unique_ptrINS_15mailbox_elementENS_"
    "6detail8disposerEEPNS_14execution_unitE");
  __tsan_release(key(x.get()));
  next(this, std::move(x), host);
}

intrusive::task_result blocking_actor::mailbox_visitor::operator()(
  mailbox_element& x) {
  using f = intrusive::task_result(mailbox_visitor*, mailbox_element*);
  static auto* next = original<f>(
    "_ZN3caf14blocking_actor15mailbox_visitorclERNS_15mailbox_elementE");
  __tsan_acquire(key(&x));
  return next(this, &x);
}

/// How a mailbox throws its messages away, too.
void memory_managed::request_deletion(bool) const noexcept {
  __tsan_acquire(key(this));
  delete this;
}

// -- activities ---------------------------------------------------------------

void scheduled_actor::launch(execution_unit* host, bool lazy, bool hide) {
  using f = void(scheduled_actor*, execution_unit*, bool, bool);
  static auto* next
    = original<f>("_ZN3caf15scheduled_actor6launchEPNS_14execution_unitEbb");
  __tsan_release(this);
  next(this, host, lazy, hide);
}

auto scheduled_actor::reactivate(mailbox_element& x) -> activation_result {
  using f = activation_result(scheduled_actor*, mailbox_element*);
  static auto* next = original<f>(
    "_ZN3caf15scheduled_actor10reactivateERNS_15mailbox_elementE");
  __tsan_acquire(key(&x));
  __tsan_acquire(this);
  auto result = next(this, &x);
  __tsan_release(this);
  return result;
}

bool scheduled_actor::activate(execution_unit* host) {
  using f = bool(scheduled_actor*, execution_unit*);
  static auto* next
    = original<f>("_ZN3caf15scheduled_actor8activateEPNS_14execution_unitE");
  __tsan_acquire(this);
  auto result = next(this, host);
  __tsan_release(this);
  return result;
}

// -- references: CAF's own text ------------------------------------------------

void ref_counted::deref() const noexcept {
  if (unique())
    request_deletion(false);
  else if (rc_.fetch_sub(1, std::memory_order_acq_rel) == 1)
    request_deletion(true);
}

void intrusive_ptr_release_weak(actor_control_block* x) {
  if (x->weak_refs == 1
      || x->weak_refs.fetch_sub(1, std::memory_order_acq_rel) == 1)
    x->block_dtor(x);
}

void intrusive_ptr_release(actor_control_block* x) {
  if (x->strong_refs.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    x->data_dtor(x->get());
    intrusive_ptr_release_weak(x);
  }
}

bool intrusive_ptr_upgrade_weak(actor_control_block* x) {
  auto count = x->strong_refs.load();
  while (count != 0)
    if (x->strong_refs.compare_exchange_weak(count, count + 1,
                                             std::memory_order_relaxed))
      return true;
  return false;
}

} // namespace caf
