"""`make bench`: every figure against its limit, in one run."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    """Prints a row for each figure; 1 where one misses its limit. "at least" in a name turns the comparison round."""
    failed = 0
    print(f"{'figure':<64}{'measured':>12}{'limit':>10}{'ratio':>8}")
    for path in sorted(HERE.glob("bench_*.py")):
        module = importlib.import_module(f"benchmarks.{path.stem}")
        for name, measured, limit, unit in module.run():
            ratio = limit / measured if "at least" in name else measured / limit
            met = ratio <= 1.0
            failed += not met
            print(f"{name:<64}{measured:>10.2f} {unit:<3}{limit:>7.1f}{ratio:>9.2f}{'' if met else '  MISSED'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
