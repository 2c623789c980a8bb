// Why a job waits, or why it was given where it was, in sentences.

import { count, percent, plural, time } from "./format.js";

/**
 * @param {Object} told what /v1/jobs/{id}/explain says
 * @returns {{label: string, text: string, kind?: string}[]}
 */
export function story(told) {
  const lines = [];
  const add = (label, text, kind) => {
    if (text) lines.push({ label, text, kind });
  };
  if (told.waiting) waiting(told, add);
  if (told.start_by_in_s !== null && told.start_by_in_s !== undefined && told.status === "queued") {
    add("Deadline", told.start_by_in_s < 0
      ? `It should have begun ${time(-told.start_by_in_s)} ago.`
      : `It should begin within ${time(told.start_by_in_s)}.`, told.start_by_in_s < 0 ? "bad" : "");
  }
  if (known(told.waited_s)) {
    add("Times", `It waited ${time(told.waited_s)}${known(told.ran_s)
      ? ` and ran for ${time(told.ran_s)}` : ""}.`);
  }
  if (told.error) add("Error", told.error, "bad");
  for (const decision of told.decisions ?? []) {
    add(`${time(decision.ago_s)} ago`, given(decision), "decision");
  }
  if ((told.decisions ?? []).length === 0 && told.attempt > 0 && told.status !== "queued") {
    add("Given", "Why is not known any more: the broker keeps its last decisions only.");
  }
  return lines;
}

function known(value) {
  return typeof value === "number";
}

function waiting(told, add) {
  const { ahead, workers, obstacle, needs, share, estimate } = told.waiting;
  if (obstacle) {
    add("Why", `Nobody can run it: ${obstacle.sentence}.`, "bad");
    add("To do", `${capital(obstacle.advice)}.`, "bad");
  }
  add("Ahead", aheadWords(told, ahead));
  if (!obstacle) {
    const busy = workers.free_slots > 0
      ? `${count(workers.free_slots)} of ${plural(workers.slots, "slot", "slots")} free`
      : `${plural(workers.slots, "slot", "slots")}, all busy`;
    add("Workers", `${plural(workers.may_run_it, "worker", "workers")} may run it, with ${busy}.`);
  }
  if (needs) needsWords(told, needs, add);
  if (share?.due_share < 0.9995 && share.used_by_all_s > 0) {
    add("Share", `${told.user || "Jobs without a user"} had ${time(share.used_s)} of the `
      + `${time(share.used_by_all_s)} that workers have worked (${percent(share.used_share)}); by `
      + `weight it would be ${percent(share.due_share)}.`);
  }
  waitsFor(told.waiting, add);
  if (estimate) {
    const soonest = estimate.soonest_s < 0.001 ? "now" : time(estimate.soonest_s);
    add("Expected", `To begin in ${time(estimate.expected_s)}, between ${soonest} and `
      + `${time(estimate.latest_s)}. It is an estimate.`, "good");
  }
}

function aheadWords(told, ahead) {
  const field = ahead.counted_for === "state" ? "state" : "queue";
  const whose = `${field} ${told[field]}`;
  if (ahead.in_all === 0) return `Nothing: it is the first for ${whose}.`;
  const least = ahead.at_least ? "At least " : "";
  const alike = ahead.of_its_kind < ahead.in_all
    ? `, ${count(ahead.of_its_kind)} of them just like it` : "";
  const all = field === "state" && ahead.queue_waiting > ahead.in_all + 1
    ? ` ${plural(ahead.queue_waiting, "waits", "wait")} in queue ${told.queue}.` : "";
  const jobs = plural(ahead.in_all, "job", "jobs");
  return `${least}${jobs} for ${whose}, priority counted in${alike}.${all}`;
}

function needsWords(told, needs, add) {
  const holders = (needs.held_by ?? []).map(holder);
  const more = needs.holders - holders.length;
  if (more > 0) holders.push(`${count(more)} more hold it`);
  const load = known(needs.load_mean_s) ? ` A load takes about ${time(needs.load_mean_s)}.` : "";
  add("State", `${told.state}: ${holders.length ? holders.join("; ") : "nobody holds it"}.${load}`);
  if (needs.blocked_for_s > 0) {
    const times = plural(needs.failed_loads_in_a_row, "time", "times");
    add("Blocked", `Loading ${told.state} has failed ${times} in a row; nobody who does not hold `
      + `it tries again for ${time(needs.blocked_for_s)}.`, "bad");
  }
}

function holder(one) {
  let text = one.worker;
  if (one.preloading) text += " is loading it";
  else if (known(one.loading_or_first_job_for_s)) {
    const began = time(one.loading_or_first_job_for_s);
    text += ` began ${began} ago to load it for a job that it still has`;
  } else text += ` holds it${one.jobs > 0 ? `, for ${plural(one.jobs, "job", "jobs")}` : ""}`;
  return one.may_run_it ? text : `${text}, but may not run this job`;
}

function waitsFor({ room_is_made_at, waits_for, workers, needs, strategy }, add) {
  if (room_is_made_at) {
    add("Waits", `${room_is_made_at} takes nothing else until its running jobs let go of a state, `
      + "to begin this one or one like it.");
  }
  if (waits_for) {
    const left_s = waits_for.for_at_most_s - waits_for.ago_s;
    const until = known(waits_for.for_at_most_s) ? `${time(left_s)} more at most`
      : "until something changes";
    add("Waits", `${waits_for.worker} stays free, ${until}: ${waits_for.because}.`);
  } else if (!room_is_made_at && workers.free_slots > 0) {
    add("Waits", needs?.holders > 0
      ? `For those who hold its state: to strategy ${strategy} another load is not worth it yet.`
      : `Although a slot is free: to strategy ${strategy} it is not worth that yet.`);
  }
}

function given(decision) {
  const where = `Given to ${decision.worker || "a worker that left"}`;
  let how = "";
  if (decision.state) {
    how = decision.loads ? `, to load ${decision.state}` : `, with ${decision.state} held`;
    if (decision.gave_up) how += ` and give up ${decision.gave_up}`;
  }
  return `${where}${how}: ${decision.because}.`;
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
