"""Every check of the harness at its full size: `python tests/harness/full.py [pytest options]`, about an hour.

The figures are printed at the end; docs/reliability.md keeps the last ones.
"""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

if __name__ == "__main__":
    command = [sys.executable, "-m", "pytest", str(HERE), "-v", *sys.argv[1:]]
    sys.exit(subprocess.run(command, cwd=HERE.parents[1], env=os.environ | {"KIOSK_TEST_FULL": "1"}).returncode)
