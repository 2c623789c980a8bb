"""Work for the monitor page, as `--lines` does it: each payload is `takes=0.05 load=0.2 …`.

takes: seconds of work. load: seconds to load a state that it does not hold. fail: the text of an
error. die: ends at once, with this text on standard error. steps: progress in so many steps.
"""

import json
import select
import sys


def stay(seconds):
    """Works for so long, as far as anybody can tell."""
    if seconds > 0:
        select.select([], [], [], seconds)


def say(job, **words):
    print(json.dumps({"id": job["id"], **words}), flush=True)


def main():
    held = ""
    for line in sys.stdin:
        job = json.loads(line)
        if "id" not in job:
            continue
        wish = json.loads(job["payload"])
        if "die" in wish:
            print(wish["die"], file=sys.stderr, flush=True)
            sys.exit(3)
        loaded = {}
        if job["state"] and job["state"] != held:
            stay(wish.get("load", 0))
            loaded = {"loaded_s": wish.get("load", 0)}
            held = job["state"]
        steps = wish.get("steps", 1)
        for step in range(steps):
            stay(wish.get("takes", 0) / steps)
            if steps > 1:
                say(job, progress=100 * (step + 1) // steps)
        if "fail" in wish:
            say(job, error=wish["fail"], **loaded)
        else:
            say(job, result=wish.get("result", "done"), **loaded)


if __name__ == "__main__":
    main()
