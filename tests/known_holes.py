"""`make audit`: known holes in what runs in production; one line for each advisory service that cannot be reached."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from config import ROOT

PYTHON = [
    *(sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner", "off"),
    *("--format", "json", "--requirement", "requirements/base.txt"),
]
PAGE = ["npm", "audit", "--omit=dev", "--json"]
PATIENCE = 120  # seconds


class Offline(Exception):
    """The advisory service did not answer, or knew nothing of what it was asked about."""


def holes_in_python(said: dict[str, Any]) -> list[str]:
    """What `pip-audit` found. Raises Offline where a package could not be looked up."""
    packages = said["dependencies"]
    found = [f"{each['name']} {each['version']}: {hole['id']}" for each in packages for hole in each.get("vulns", ())]
    if not found and (not packages or any("skip_reason" in each for each in packages)):
        raise Offline
    return found


def holes_in_page(said: dict[str, Any]) -> list[str]:
    """What `npm audit` found. Raises Offline for any answer that is no report."""
    if "auditReportVersion" not in said:
        raise Offline
    return [f"{name}: {hole['severity']}" for name, hole in said["vulnerabilities"].items()]


def audit(command: list[str], folder: Path, holes: Callable[[dict[str, Any]], list[str]]) -> list[str]:
    """What the command found. Raises Offline when it found no way to ask."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE)
        return holes(json.loads(done.stdout))
    except (ValueError, LookupError, TypeError, OSError, subprocess.TimeoutExpired):
        raise Offline from None


def main() -> int:
    """Print a line for each hole; returns the status to exit with, 1 when there is one."""
    found = 0
    for name, command, folder, holes in (
        ("requirements", PYTHON, ROOT, holes_in_python),
        ("frontend", PAGE, ROOT / "frontend", holes_in_page),
    ):
        try:
            lines = audit(command, folder, holes)
        except Offline:
            print(f"{name}: offline, the advisories cannot be reached; nothing was checked")
            continue
        found += len(lines)
        print("\n".join(f"{name}: {line}" for line in lines or ["nothing known"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
