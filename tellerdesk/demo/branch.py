"""The demonstration's branch: one folder that holds everything, and a sandbox that lives as long as the program."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from types import TracebackType

from tellerdesk import config, setup
from tellerdesk.demo.plan import people, plan
from tellerdesk.errors import BadInput, BadSetup, TellerDeskError
from tellerdesk.sandbox.config import BILLERS, CORE, PINPAD
from tellerdesk.sandbox.faults import FAULTS
from tellerdesk.sandbox.process import SandboxProcess
from tellerdesk.staff.states import Role, StaffState
from tellerdesk.staff.system import SETUP
from tellerdesk.staff.views import StaffView
from tellerdesk.store import keys

PORTS_FILE = "ports.json"


class Branch:
    """Opens the branch in `folder`, making it where it is not there yet, and starts its counterparts.

    Raises BadSetup where the folder is in use by another demonstration or holds something else.
    """

    def __init__(self, folder: Path, language: str = "") -> None:
        self.folder = folder.resolve()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._language = language
        self._lock = self._locked()
        try:
            self._prepare()
            self.sandbox = self._sandbox()
            urls = self.sandbox.urls
            billers = {code: urls[name] for name, code in BILLERS.items() if name in urls}
            setup.write_settings(self.folder, plan(urls[CORE], billers, self._language, urls[PINPAD]))
        except BaseException:
            os.close(self._lock)
            raise

    @property
    def ledgers(self) -> Path:
        """Where the counterparts keep their own books."""
        return sandbox_folder(self.folder)

    def fault(self, name: str, times: int | None = None, counterpart: str = "") -> None:
        """Turns on a fault by its name, for core or, where no other biller is named, the electricity company. Raises
        BadInput naming the ones there are."""
        if name not in FAULTS:
            raise BadInput("error.demo.no_such_fault", name=name, known=", ".join(FAULTS))
        self.sandbox.control.fault(name, times=times, counterpart=counterpart)

    def close(self) -> None:
        """Ends the counterparts and lets the folder go."""
        self.sandbox.stop()
        os.close(self._lock)

    def __enter__(self) -> Branch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _locked(self) -> int:
        handle = os.open(self.folder / ".in-use", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise BadSetup("error.demo.in_use", path=str(self.folder)) from None
        return handle

    def _prepare(self) -> None:
        """Makes what is missing; a demonstration that was killed half-way through this, or was made by an earlier
        version, is completed."""
        if not (self.folder / config.FILE_NAME).exists():
            nowhere = "http://127.0.0.1:9"
            (self.folder / "keys.json").unlink(missing_ok=True)  # of a set-up that never got as far as its settings
            setup.init(self.folder, plan(nowhere, dict.fromkeys(_known_billers(), nowhere), self._language))
        with setup.roster(self.folder) as roster:
            known = {person.staff_no: person for person in roster.views()}
            for person in people():
                here = known.get(person.staff_no)
                if here is None:
                    roster.add(person, by=SETUP)
                elif person.code_secret and not here.has_code and _is_still(here, person.role):
                    roster.reset_code(person.staff_no, by=SETUP, secret=person.code_secret)

    def _sandbox(self) -> SandboxProcess:
        return start_sandbox(self.folder)


def _is_still(person: StaffView, role: Role) -> bool:
    return person.role is role and person.state is not StaffState.LEFT


def _known_billers() -> list[str]:
    """The codes of the billers that the sandbox plays and the catalogue knows."""
    from tellerdesk.billers.catalogue import read_all

    return sorted(read_all().keys() & BILLERS.values())


def sandbox_folder(folder: Path) -> Path:
    return folder / "sandbox"


def start_sandbox(folder: Path, ports: dict[str, int] | None = None) -> SandboxProcess:
    """The counterparts a set-up folder has keys for as a child process; its ports are written down for other
    commands."""
    ring = keys.load(folder / "keys.json")
    secrets = {name: ring.link(code) for name, code in BILLERS.items() if code in ring.links}
    process = SandboxProcess(sandbox_folder(folder), {CORE: ring.link(CORE), **secrets}, ports=ports)
    (sandbox_folder(folder) / PORTS_FILE).write_text(json.dumps(process.ports), encoding="utf-8")
    return process


def sandbox_ports(folder: Path) -> dict[str, int]:
    """The ports of the sandbox that runs, or last ran, for this folder. Raises BadSetup."""
    path = sandbox_folder(folder) / PORTS_FILE
    try:
        ports: dict[str, int] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadSetup("error.sandbox.not_running", path=str(path)) from error
    return ports


def in_words(error: TellerDeskError, language: str) -> str:
    """The sentence of an error in the language asked for."""
    from tellerdesk.i18n import words

    return words(language).error(error)
