"""The first step: reads the number out of a request, and answers what is none itself."""

import json
import sys

LARGEST = 10**14

for line in sys.stdin:
    job = json.loads(line)
    if "parts" not in job:
        continue  # asked to stop, but what it does is over before that
    head = json.loads(job["parts"][0])
    number = head["parameters"].get("number", "")
    answer = {"id": job["id"]}
    if number.isascii() and number.isdigit() and 2 <= int(number[:20]) <= LARGEST:
        answer["forward"] = {"queue": "factor", "payload": number}
    else:
        answer["parts"] = [{"status": 400}, f"number must be from 2 to {LARGEST}\n"]
    print(json.dumps(answer), flush=True)
