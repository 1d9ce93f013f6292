"""Kill a study that is trained anew, or added to, two hundred times each: nothing may be lost.

python benchmarks/kills.py            200 kills of each
python benchmarks/kills.py --quick    10
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

TEST = Path(__file__).parents[1] / "tests/study/test_kills.py"


def main() -> int:
    """Run the test of kills with another number of them; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="ten kills")
    kills = "10" if parser.parse_args().quick else "200"
    command = [sys.executable, "-m", "pytest", "--verbose", "--verbose", str(TEST)]
    return subprocess.run(command, env={**os.environ, "CAE_KILLS": kills}).returncode


if __name__ == "__main__":
    sys.exit(main())
