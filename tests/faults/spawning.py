"""Cases in programs of their own: a new interpreter is killed, the command line recovers, and time really passes."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from faults.case import Case
from faults.fork import Outcome, listen
from faults.house import House

MOST_RECOVERIES = 8


def serve_in_a_program(house: House, case: Case, number: int, consumer_no: str) -> Outcome:
    """Has `faults.teller` serve the customer in a new interpreter, which is killed at the case's step."""
    house.write_settings(case.world, "spawn")
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "faults.teller", "--folder", str(house.desk_folder), "--case", str(case)]
    command += ["--number", str(number), "--consumer-no", consumer_no, "--control", house.control.url]
    command += ["--steps-to", str(writing)]
    program = subprocess.Popen(command, pass_fds=[writing], env=_environment(), stdout=subprocess.DEVNULL)
    os.close(writing)
    try:
        outcome = listen(reading, program.pid)
    finally:
        os.close(reading)
        program.returncode = 0  # it has been waited for
    return outcome


def recover_by_command(house: House) -> None:
    """`tellerdesk recover`, each time something is due by the database's clock, until nothing waits."""
    command = [sys.executable, "-m", "tellerdesk", "recover", "--folder", str(house.desk_folder)]
    for _ in range(MOST_RECOVERIES):
        wait_s = house.due_in_s()
        if wait_s is None:
            return
        time.sleep(wait_s + 0.01)
        subprocess.run(command, check=True, env=_environment(), stdout=subprocess.DEVNULL)


def _environment() -> dict[str, str]:
    """Where this interpreter finds its modules, for another one."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(part for part in sys.path if part)}
