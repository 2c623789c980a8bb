"""The second step: the prime factors of a number. A large prime takes long, small ones do not."""

import json
import sys


def factors(number):
    """In ascending order."""
    divisor = 2
    while divisor * divisor <= number:
        while number % divisor == 0:
            yield divisor
            number //= divisor
        divisor += 1
    if number > 1:
        yield number


for line in sys.stdin:
    job = json.loads(line)
    if "payload" not in job:
        continue  # asked to stop: it is heard too late, and the process is ended
    result = " ".join(map(str, factors(int(job["payload"])))) + "\n"
    print(json.dumps({"id": job["id"], "result": result}), flush=True)
