"""Real work over a broker and worker processes, and a table of what came of it.

Everything is started the way you would start it by hand: `steelyard broker`, the workers and the
client of an example, and at the end `steelyard stats --json`, whose counts must agree with the
client's. On a terminal the clients show their progress; in a pipe there is the table only.
"""

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from parts import Parts

RELEASE = Path(__file__).resolve().parents[2] / "build" / "release"
FLEET_COMMANDS, FLEET_WORKERS = 512, 32
MODEL_JOBS, MODELS = 6, 2
PRIMES_UP_TO, PRIMES = 100_000, 9_591


@dataclass
class Row:
    work: str
    wall_s: float
    ideal_s: float
    switches: int
    received: int
    completed: int

    @property
    def ratio(self) -> float:
        return self.wall_s / self.ideal_s


def heading(text: str) -> None:
    if sys.stdout.isatty():
        print(f"\n{text}", flush=True)


def fleet_row(parts: Parts, slots: int, wait_s: float) -> Row:
    """512 commands of 1 s each. All workers have joined when the client's clock starts."""
    work = f"fleet: {FLEET_WORKERS} workers, {slots} slots each"
    heading(f"{work}; {FLEET_COMMANDS} commands of {wait_s:g} s, in batches of 16")
    program, files = parts.example("fleet"), parts.folder / "fleet"
    parts.run(program, "generate", files, "--commands", FLEET_COMMANDS, "--wait", wait_s)
    with parts.broker() as broker:
        for _ in range(FLEET_WORKERS):
            broker.start(program, "worker", files / "server.txt", "--slots", slots)
        client = broker.start(program, "client", files / "client.txt", "--batch", 16,
                              "--wait-workers", FLEET_WORKERS, "--patience", 60, "--json",
                              stdout=subprocess.PIPE)
        result = json.loads(parts.finish(client))
        stats = broker.stats_at_rest()
    return Row(work, result["wall_s"], result["ideal_s"], stats["switches"],
               result["received"], stats["attempts"]["completed"])


def models_row(parts: Parts, strategy: str) -> Row:
    """Six jobs that want two models in turn. They are queued before the worker comes, so that the
    broker has the choice among all of them. Ideal is to load each model once."""
    work = f"models: {strategy}"
    heading(f"{work}; {MODEL_JOBS} jobs for {MODELS} models in turn, one worker that holds one")
    program = parts.example("models")
    with parts.broker("--strategy", strategy) as broker:
        client = broker.start(program, "client", "--jobs", MODEL_JOBS, "--models", MODELS,
                              "--json", stdout=subprocess.PIPE)
        broker.wait_for(lambda stats: stats["jobs"]["queued"] == MODEL_JOBS)
        broker.start(program, "worker")
        result = json.loads(parts.finish(client))["rounds"][0]
        stats = broker.stats_at_rest()
    load_s = result["loading_s"] / result["switches"]
    return Row(work, result["wall_s"], MODELS * load_s, stats["switches"],
               result["received"], stats["attempts"]["completed"])


def count_primes(parts: Parts) -> str:
    """A web service in one program, and a client in it that sends a request for each number."""
    heading(f"primes: an HTTP request for each odd number up to {PRIMES_UP_TO}, through two stages")
    return parts.finish(parts.start(parts.program("steelyard-primes"), f"3,{PRIMES_UP_TO}",
                                    "--workers", 2, stdout=subprocess.PIPE))


def print_table(rows: list[Row]) -> None:
    print(f"\n{'':<36} {'wall':>9} {'ideal':>9} {'ratio':>6} {'switches':>9} "
          f"{'received':>9} {'completed':>10}")
    for row in rows:
        print(f"{row.work:<36} {row.wall_s:>7.2f} s {row.ideal_s:>7.2f} s {row.ratio:>6.2f} "
              f"{row.switches:>9} {row.received:>9} {row.completed:>10}")
    print("\nreceived: answers that the client counted; completed: jobs that the broker counted")


def faults(rows: list[Row], primes: str) -> list[str]:
    wanted = [FLEET_COMMANDS, FLEET_COMMANDS, MODEL_JOBS, MODEL_JOBS]
    found = [
        f"{row.work}: {jobs} jobs, but {row.received} received and {row.completed} completed"
        for row, jobs in zip(rows, wanted) if not jobs == row.received == row.completed
    ]
    switches = [row.switches for row in rows[2:]]
    if switches != [MODEL_JOBS, MODELS]:
        found.append(f"{switches} switches, expected {MODEL_JOBS} and {MODELS}")
    if not primes.startswith(f"{PRIMES} primes "):
        found.append(f"primes: expected {PRIMES}, but {primes}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=RELEASE, metavar="FOLDER",
                        help="where everything was built (default: build/release)")
    parser.add_argument("--wait", type=float, default=1.0, metavar="SECONDS",
                        help="how long the fleet's commands take (default: 1)")
    options = parser.parse_args()
    with Parts(options.build) as parts:
        heading("models: preparing the files (they are kept for the next time)")
        parts.run(parts.example("models"), "prepare", "--models", MODELS)
        rows = [fleet_row(parts, 1, options.wait), fleet_row(parts, 16, options.wait),
                models_row(parts, "oldest"), models_row(parts, "groups-by-state")]
        primes = count_primes(parts)
    print_table(rows)
    print(f"\nprimes, over HTTP: {primes}", end="")
    found = faults(rows, primes)
    for fault in found:
        print(f"demo: {fault}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except RuntimeError as error:
        sys.exit(f"demo: {error}")
