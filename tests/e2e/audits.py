"""At the end of a test, each broker that still lives is asked whether all sides counted alike."""

import os
import re
import subprocess
from pathlib import Path

DEADLINE_S = 60


def can_answer(process_id):
    """Whether the process exists, has not ended and is not stopped."""
    try:
        stat = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZXT"


def endpoint_of(log):
    """Where the broker that wrote this log, or whose parent did, listens; None when it is none."""
    found = re.findall(r"(?:listening on|^A broker at) ((?:tcp|ipc)://[^\s\",]+)", log, re.M)
    return found[-1] if found else None


def audit(process_id, log, environment=None):
    """Fails when the process is a broker, or one that started it, and the counts differ."""
    endpoint = endpoint_of(log)
    if endpoint is None or not can_answer(process_id):
        return
    done = subprocess.run(
        [os.environ["STEELYARD_BIN"], "audit", "--broker", endpoint, "--connect-timeout-ms",
         "25000"], capture_output=True, stdin=subprocess.DEVNULL, timeout=DEADLINE_S,
        env=environment, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
