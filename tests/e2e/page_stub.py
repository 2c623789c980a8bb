"""Snapshots of yards that would be hard to set up, and a stand-in for what brings them."""

import json

# Takes the place of EventSource: brings window.madeUp.snapshots in turn, each as if 1 s had passed,
# with the tables that were asked for.
EVENTS = """
window.madeUp = %s;
window.taken = 0;
window.EventSource = class extends EventTarget {
  static CLOSED = 2;
  readyState = 1;
  #timer;
  constructor(url) {
    super();
    const { snapshots, every_ms, actions } = window.madeUp;
    const tables = new URL(url, location).searchParams.get("tables")?.split(",") ?? [];
    const send = (type, data) => this.dispatchEvent(new MessageEvent(type, { data }));
    const next = () => {
      const told = snapshots[window.taken %% snapshots.length];
      window.taken += 1;
      const asked = tables.map((name) => (told[name] ? `"${name}":${told[name]},` : ""));
      send("snapshot", `{"uptime_s":${window.taken},${asked.join("")}${told.others}`);
    };
    this.#timer = setTimeout(() => {
      send("hello", JSON.stringify({ actions, connected: true,
        history: { seconds: [], tens: [], queues: {} } }));
      next();
      this.#timer = setInterval(next, every_ms);
    });
  }
  close() {
    clearTimeout(this.#timer);
    clearInterval(this.#timer);
  }
};
"""

QUEUE = ("queue workers slots accepted forwarded_in forwarded_out delayed queued running returning "
         "finished failed cancelled expired quarantined dispatched attempts_failed lost stopped "
         "handed_back longest_wait_s outside_windows waits wait_sum_s wait_min_s wait_max_s runs "
         "run_sum_s run_min_s run_max_s wait_buckets run_buckets").split()
WORKER = ("worker queue_set address slots running ahead draining doing states loads job task user "
          "progress loading_s working_s machine_load weight priority_min priority_max heard_ago_s "
          "finished failed switches evictions").split()
USER = ("user weight accepted delayed queued running finished failed cancelled worker_s waits "
        "wait_sum_s wait_max_s").split()
STATES = ["german", "french", "spanish", "whisper", "clip", "layout"]
JOBS = ("accepted forwarded_in forwarded_out delayed queued running returning finished failed "
        "cancelled expired quarantined").split()


def table(columns, rows):
    return {"columns": columns, "rows": [[row.get(name, 0) for name in columns] for row in rows],
            "rows_omitted": 0}


def queue(number, second, name=None):
    return {"queue": name or f"queue-{number}", "workers": 5, "slots": 5,
            "queued": (number * 7 + second * 3) % 50, "running": 5, "finished": number * second,
            "longest_wait_s": (number + second) % 9 / 3, "waits": 4, "wait_sum_s": 2.0,
            "wait_min_s": 0.1, "wait_max_s": 0.9, "runs": 4, "run_sum_s": 8.0, "run_min_s": 1.5,
            "run_max_s": 2.5, "wait_buckets": [1, 2, 1, 0], "run_buckets": [0, 0, 3, 1]}


def worker(number, second, text=None):
    doing = ("working", "working", "loading", "idle")[(number + second) % 4]
    state = text or STATES[(number + second // 4) % len(STATES)]
    return {"worker": text or f"worker-{number:05}", "queue_set": 0,
            "address": text or f"10.0.{number // 250}.{number % 250}:40001", "slots": 1,
            "running": 1, "doing": doing, "states": [state],
            "loads": state if doing == "loading" else None,
            "job": f"0123456789abcdef-{number}", "task": text or f"queue-{number % 1000}",
            "user": text or f"user-{number % 20}", "progress": (second * 10 + number) % 100,
            "loading_s": second * 0.25, "working_s": second * 0.5, "machine_load": number % 100,
            "priority_min": None, "priority_max": number % 7 or None, "switches": second // 4}


def user(number, second, name=None):
    return {"user": name or f"user-{number}", "weight": 1 + number % 3,
            "worker_s": (number + 1) * second, "waits": 1, "wait_sum_s": 1.0}


def snapshot(queues, workers, users, warnings=(), parts=(), queue_names=("a",)):
    """What a snapshot says but the time, as texts: each table, and all others together."""
    jobs = dict.fromkeys(JOBS, 0) | {"balanced": True, "queued": 12, "running": 3}
    told = {
        "version": 1, "incarnation": "made-up",
        "stats": {"strategy": "amortised", "workers": len(workers), "slots": len(workers),
                  "jobs": jobs},
        "health": {"status": "ok", "warnings": list(warnings)}, "parts": list(parts),
        "bucket_bounds_s": [0.01, 0.1, 1], "wait_buckets": [0] * 4, "run_buckets": [0] * 4,
        "queue_sets": [list(queue_names)],
    }
    tables = {"queues": table(QUEUE, queues), "workers": table(WORKER, workers),
              "users": table(USER, users)}
    return {"others": compact(told)[1:], **{name: compact(rows) for name, rows in tables.items()}}


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def events(snapshots, every_ms=1000, actions=True):
    """The script that brings these snapshots to a page."""
    return EVENTS % json.dumps({"snapshots": snapshots, "every_ms": every_ms, "actions": actions})
