#include <morph/actors/runtime/cluster.hpp>
#include <morph/apps/morph/checkpoint.hpp>
#include <morph/apps/morph/event_notes.hpp>
#include <morph/apps/morph/measures.hpp>
#include <morph/apps/morph/output.hpp>
#include <morph/apps/morph/plugins.hpp>
#include <morph/apps/morph/quantity.hpp>
#include <morph/apps/morph/run_text.hpp>
#include <morph/apps/morph/throttle_option.hpp>
#include <morph/apps/morph/train_run.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>

namespace morph::cli {

namespace {

/// What is still alive when the session has closed, on all hosts together.
struct left_over {
  uint64_t node_actors = 0;
  uint64_t remote_pointers = 0; ///< And objects that such point to.
};

left_over left_behind(run_place& place) {
  constexpr auto patience = std::chrono::seconds{3};
  left_over out;
  if (auto* c = place.cluster())
    for (auto& x : c->left_behind(patience)) {
      out.node_actors += x.node_actors;
      out.remote_pointers += x.remote_objects + x.remote_pointers;
    }
  return out;
}

/// What a run leaves for the last page.
struct train_result {
  training_outcome outcome;
  std::optional<run_report> report;
  std::optional<score> test;
  std::string sha256;
  std::string where;
  std::vector<plan_changed> plan_changes;
  std::vector<std::string> lost_hosts;
  left_over left;
  std::string reasons;
};

std::vector<throttle_option> throttles_of(const train_call& x, run_place& p) {
  std::vector<throttle_option> out;
  for (auto& text : x.throttles)
    out.push_back(parse_throttle(text));
  if (!out.empty() && !p.cluster())
    throw usage_error{"--throttle needs hosts: --local N or --hosts"};
  return out;
}

void save_checkpoint(const train_call& x, const task& job,
                     const training_outcome& done) {
  checkpoint c{done.parameters,
               {{"step", std::to_string(done.parameters_step)},
                {"model", job.model.name},
                {"scale", nlohmann::json(job.examples.scale).dump()},
                {"train_part", nlohmann::json(x.examples.train_part).dump()},
                {"label", x.examples.label}}};
  if (x.examples.split_seed)
    c.about["split_seed"] = std::to_string(*x.examples.split_seed);
  save(x.out, c);
}

void print_text(const train_call& x, const train_result& r) {
  auto& o = r.outcome;
  if (r.report)
    say(to_text(*r.report));
  if (!r.reasons.empty())
    say(r.reasons);
  auto each = o.steps > 0 ? o.seconds / static_cast<double>(o.steps) : 0;
  say("runtime " + r.where + ": " + std::to_string(o.steps) + " steps in "
      + fixed(o.seconds, 2) + " s, " + seconds_text(each) + " per step");
  if (r.report && !r.report->links.empty())
    say(bytes_text(static_cast<double>(bytes_moved(*r.report)))
        + " moved between processes");
  say("final loss " + fixed(o.loss, 6));
  if (r.test && r.test->accuracy)
    say("accuracy " + fixed(*r.test->accuracy * 100, 2) + " % on "
        + std::to_string(r.test->examples) + " unseen examples");
  else if (r.test && r.test->examples > 0)
    say("loss " + fixed(r.test->loss, 6) + " on "
        + std::to_string(r.test->examples) + " unseen examples");
  say("parameters sha256 " + r.sha256);
  say("left behind: " + std::to_string(r.left.node_actors) + " node actors, "
      + std::to_string(r.left.remote_pointers) + " remote pointers");
  if (!x.out.empty())
    say("parameters of step " + std::to_string(o.parameters_step) + " saved in "
        + x.out);
}

void print_json(const train_call& x, const train_result& r) {
  auto& o = r.outcome;
  auto out = r.report ? to_json(*r.report) : nlohmann::json::object();
  out["runtime"] = r.where;
  out["steps"] = o.steps;
  out["seconds"] = o.seconds;
  out["seconds_per_step"]
    = o.steps > 0 ? o.seconds / static_cast<double>(o.steps) : 0;
  out["seconds_per_step_by_tenth"] = o.tenths;
  out["bytes_moved"] = r.report ? bytes_moved(*r.report) : 0;
  out["loss"] = o.loss;
  out["parameters_sha256"] = r.sha256;
  out["parameters_step"] = o.parameters_step;
  out["interrupted"] = o.interrupted;
  out["plan_changes"] = nlohmann::json::array();
  for (auto& y : r.plan_changes)
    out["plan_changes"].push_back(
      {{"after_steps", y.steps}, {"moved", y.moved}, {"reason", y.reason}});
  out["lost_hosts"] = r.lost_hosts;
  out["left_behind"] = {{"node_actors", r.left.node_actors},
                        {"remote_pointers", r.left.remote_pointers}};
  if (r.test) {
    out["test_examples"] = r.test->examples;
    out["test_loss"] = r.test->loss;
    if (r.test->accuracy)
      out["accuracy"] = *r.test->accuracy;
  }
  if (!r.reasons.empty())
    out["explanation"] = r.reasons;
  if (!x.out.empty())
    out["saved"] = x.out;
  if (o.failed)
    out["error"] = to_json(*o.failed);
  say(out);
}

train_result run_session(const train_call& x, const invocation& call,
                         const task& job) {
  run_place place{x.place};
  auto throttles = throttles_of(x, place);
  auto target = minimise(job.model.loss, make_optimiser(x.training))
                  .clip(x.training.clip);
  if (x.training.watch)
    target = target.watch();
  session_options options;
  if (!x.training.budget.empty())
    options.forward_budget = parse_bytes(x.training.budget);
  auto batches = make_batches(job.model, job.examples.sets.train, x.training);
  session s{place.runtime(), job.model.g, target, options};
  progress shown{static_cast<uint64_t>(batches.size()),
                 static_cast<uint64_t>(x.training.epochs), !call.quiet};
  event_notes notes;
  auto heard = s.events().subscribe([&](const event& e) { notes.add(e); });
  auto tell = [&] {
    for (auto& line : notes.take()) {
      if (call.quiet)
        continue;
      shown.end();
      note(line);
    }
  };
  auto before = [&](uint64_t step) {
    tell();
    for (auto& t : throttles)
      if (t.step == step)
        unwrap(place.cluster()->throttle(t.from, t.to, t.bytes_per_second));
  };
  train_result out;
  out.where = place.name();
  out.outcome = train(s, job.model, batches, x.training.steps,
                      place.cluster() != nullptr, shown, before);
  // What was trained is safe before anything else is asked of the hosts.
  if (!x.out.empty())
    save_checkpoint(x, job, out.outcome);
  if (!out.outcome.failed || out.outcome.failed->code != errc::host_lost) {
    out.report = s.report();
    if (x.explain && place.cluster())
      out.reasons = s.explain();
  }
  s.close();
  heard.end();
  tell();
  out.plan_changes = notes.plan_changes();
  out.lost_hosts = notes.lost_hosts();
  out.left = left_behind(place);
  return out;
}

} // namespace

exit_code run_train(const train_call& x, const invocation& call) {
  load_plugins(x.place.plugins);
  auto job = read_task(x.model, x.examples);
  if (!call.quiet && !call.json)
    note("training " + job.model.name + " on "
         + std::to_string(job.examples.sets.train.size()) + " examples of "
         + job.examples.source);
  auto r = run_session(x, call, job);
  r.sha256 = fingerprint(r.outcome.parameters);
  if (job.examples.sets.test.size() > 0)
    r.test = measure(job.model, r.outcome.parameters, job.examples.sets.test);
  call.json ? print_json(x, r) : print_text(x, r);
  if (r.outcome.failed) {
    if (!call.json)
      note(to_string(*r.outcome.failed));
    return exit_code_of(r.outcome.failed->code);
  }
  return r.outcome.interrupted ? exit_code::interrupted : exit_code::ok;
}

} // namespace morph::cli
