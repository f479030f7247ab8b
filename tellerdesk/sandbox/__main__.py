"""python -m tellerdesk.sandbox --folder DIR --secrets FILE [--stdin-is-lifeline] ...

Prints one line of JSON when everything answers: {"ports": {"core": 1, "electricity": 2, ...}, "pid": 4}.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import date
from pathlib import Path

from tellerdesk.errors import TellerDeskError
from tellerdesk.sandbox.config import BILLERS, ELECTRICITY, SandboxConfig, read_secrets


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tellerdesk.sandbox", description="The counterparts, for training.")
    parser.add_argument("--folder", type=Path, required=True, help="where the ledgers are kept")
    parser.add_argument("--secrets", type=Path, required=True, help="JSON file (mode 0600) of the signing keys")
    parser.add_argument("--channel-id", default="TD01")
    parser.add_argument(
        "--biller-code", default=BILLERS[ELECTRICITY], help="the electricity company's code in core's accounts"
    )
    parser.add_argument("--opening-date", type=date.fromisoformat, help="core's first accounting date (default: today)")
    parser.add_argument("--late-s", type=float, default=1.5, help="how long a late request is held back, in seconds")
    parser.add_argument("--stdin-is-lifeline", action="store_true", help="end when standard input closes")
    parser.add_argument("--port", action="append", default=[], metavar="NAME=PORT", help="of a counterpart; else free")
    parser.add_argument("--guest", action="append", default=[], metavar="CODE=FILE", help="a biller's catalogue file")
    given = parser.parse_args()
    try:
        config = SandboxConfig(
            folder=given.folder,
            secrets=read_secrets(given.secrets),
            guests={code: Path(file) for code, file in map(_pair, given.guest)},
            channel_id=given.channel_id,
            biller_code=given.biller_code,
            ports={name: int(port) for name, port in map(_pair, given.port)},
            opening_date=given.opening_date,
            late_s=given.late_s,
        )
        os.umask(0o077)
        from tellerdesk.sandbox.program import serve

        serve(config, _ready, 0 if given.stdin_is_lifeline else None)
    except (TellerDeskError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


def _ready(ports: dict[str, int]) -> None:
    sys.stdout.write(json.dumps({"ports": ports, "pid": os.getpid()}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
