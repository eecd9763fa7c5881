"""Run `snakemake --lint` and accept one finding only: a conda environment or container per rule.

The environment is locked as a whole (requirements.lock), which takes the place of one per rule.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ACCEPTED = "Specify a conda environment or container for each rule."


def main() -> int:
    """Print every finding that is not accepted; give the exit code."""
    command = [sys.executable, "-m", "snakemake", "--lint"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    output = done.stdout + done.stderr
    findings = re.findall(r"^ {4}\* (.+?):?$", output, flags=re.MULTILINE)
    wrong = [finding for finding in findings if not finding.startswith(ACCEPTED.rstrip("."))]
    if wrong or (done.returncode != 0 and not findings):
        print(output)
        return 1
    print(f"snakemake --lint: nothing but the accepted finding ({len(findings)} rules)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
