"""The doctor finds what is not well, says what to do about it, and changes nothing."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import tellerdesk.__main__ as door
from receipts.renderer import PdfRenderer
from tellerdesk import config
from tellerdesk.clock import OffsetClock
from tellerdesk.doctor import counterparts, sheet, workstation
from tellerdesk.doctor.findings import Finding, Group, Ill, NotExamined, Verdict
from tellerdesk.errors import DocumentFailed
from tellerdesk.i18n import LANGUAGES, Message, words
from tellerdesk.sandbox.faults import AnswerWay, Processed
from tellerdesk.sandbox.process import SandboxProcess
from tests.tellerdesk.patients import TERMINAL, close_to_others, contents, findings, ids, ill, setting

# All is well


def test_a_branch_at_work_is_well_and_looking_changes_nothing(worked: Path) -> None:
    before = contents(worked)
    found = findings(worked)

    assert ids(found, Verdict.WRONG) == set()
    assert ids(found, Verdict.LEFT_OUT) == {
        "door.doctor.samples.training",
        "door.doctor.pinpad.none",
        "door.doctor.seals.none",
    }
    assert contents(worked) == before
    told = {finding.told.id: finding.told.args for finding in found}
    assert told["door.doctor.documents.well"] == {"count": 1}
    assert told["door.doctor.database.well"]["kind"] == "sqlite"
    assert abs(int(told["door.doctor.clock.well"]["gap"])) <= 2


# The workstation


def test_every_wrong_setting_is_told_at_once_and_what_depends_on_them_is_left_out(folder: Path) -> None:
    setting(folder, 'name_zh = "', 'nam_zh = "')
    setting(folder, "training = true", 'training = true\ncore_deadline_s = "soon"')
    found = findings(folder)

    told = {(finding.told.id, finding.told.args.get("key")) for finding in found if not finding.well}
    assert told == {
        ("door.doctor.settings.unknown", "bank.nam_zh"),
        ("door.doctor.settings.missing", "bank.name_zh"),
        ("door.doctor.settings.value", "core_deadline_s"),
    }
    assert ids(found, Verdict.LEFT_OUT) == {"door.doctor.depends"}


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (lambda folder: (folder / config.FILE_NAME).unlink(), "error.setup.no_file"),
        (lambda folder: (folder / config.FILE_NAME).write_text("= 1", encoding="utf-8"), "error.setup.unreadable"),
        (lambda folder: (folder / "keys.json").write_text("{}", encoding="utf-8"), "error.setup.unreadable"),
        (lambda folder: (folder / "keys.json").chmod(0o640), "error.setup.keys_open"),
        (lambda folder: setting(folder, '[billers."1101"]', '[billers."1201"]'), "error.setup.no_link_key"),
        (lambda folder: (folder / "documents").chmod(0o755), "door.doctor.modes.open"),
        (lambda folder: folder.chmod(0o750), "door.doctor.modes.open"),
    ],
)
def test_what_is_wrong_with_the_folder_is_found(folder: Path, trouble: Callable[[Path], object], told: str) -> None:
    trouble(folder)
    assert told in ill(folder)


def test_a_log_others_may_read_is_named(folder: Path) -> None:
    (folder / "logs").mkdir(mode=0o700)
    (folder / "logs" / "tellerdesk.log").touch(0o644)
    (told,) = [finding.told for finding in findings(folder) if not finding.well]

    assert told == Message(
        "door.doctor.modes.open", {"paths": "logs/tellerdesk.log", "count": 1, "folder": str(folder)}
    )


def test_a_disk_that_is_nearly_full_or_takes_nothing_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workstation, "LEAST_FREE", 1 << 62)
    with pytest.raises(Ill, match=r"disk\.little"):
        workstation.disk(tmp_path)
    assert list(tmp_path.iterdir()) == []

    with pytest.raises(Ill, match=r"disk\.unwritable"):
        workstation.disk(Path("/proc"))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"columns": 79}, "door.doctor.terminal.small"),
        ({"rows": 23}, "door.doctor.terminal.small"),
        ({"kind": "dumb"}, "door.doctor.terminal.dumb"),
        ({"kind": ""}, "door.doctor.terminal.dumb"),
        ({"encoding": "ascii"}, "door.doctor.locale.other"),
        ({"encoding": ""}, "door.doctor.locale.other"),
    ],
)
def test_a_terminal_the_desk_cannot_be_shown_on_is_found(folder: Path, changes: dict[str, Any], told: str) -> None:
    assert ill(folder, terminal=replace(TERMINAL, **changes)) == {told}


def test_without_a_terminal_nothing_is_said_of_its_size() -> None:
    with pytest.raises(NotExamined):
        workstation.screen(replace(TERMINAL, is_terminal=False, columns=1))


def test_a_typeface_without_rare_names_or_without_a_file_is_found(folder: Path) -> None:
    assert ill(folder, lacks=lambda text: text[-1]) == {"door.doctor.paper.lacks"}

    def broken(text: str) -> str:
        raise DocumentFailed("error.document.render", reason="x")

    assert ill(folder, lacks=broken) == {"error.document.render"}


def test_the_renderer_says_which_characters_it_lacks() -> None:
    assert PdfRenderer().lacks("王㛃𠮷") == "𠮷"


def test_a_package_at_another_version_than_the_lists_is_named(folder: Path) -> None:
    (folder / "constraints.txt").write_text("# list\npytest==0.1\nno-such-package==1.0\nstructlog==", encoding="utf-8")
    close_to_others(folder)
    (told,) = [finding.told for finding in findings(folder) if not finding.well]

    assert told.id == "door.doctor.packages.other"
    assert told.args["names"] == f"pytest {pytest.__version__}"


# The other side


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (lambda sandbox: sandbox.control.down("core"), {"door.doctor.link.unreachable"}),
        (lambda sandbox: sandbox.control.down("electricity"), {"door.doctor.link.unreachable"}),
        (
            lambda sandbox: sandbox.control.rule("BILLER_QUERY", Processed.YES, AnswerWay.GARBAGE),
            {"door.doctor.link.odd"},
        ),
        (
            lambda sandbox: sandbox.control.rule("BILLER_QUERY", Processed.YES, AnswerWay.STATUS_5XX),
            {"door.doctor.link.odd"},
        ),
        (lambda sandbox: sandbox.control.service("electricity", is_open=False), set()),
    ],
    ids=["core down", "biller down", "garbage", "gateway", "closed answers too"],
)
def test_a_counterpart_that_does_not_answer_as_it_should_is_found(
    folder: Path, sandbox: SandboxProcess, trouble: Callable[[SandboxProcess], object], told: set[str]
) -> None:
    trouble(sandbox)
    assert ill(folder) == told


def test_a_key_that_is_not_the_counterparts_is_found(folder: Path) -> None:
    path = folder / "keys.json"
    table = json.loads(path.read_text(encoding="utf-8"))
    table["links"]["core"] = "00" * 32
    path.write_text(json.dumps(table), encoding="utf-8")

    assert ill(folder) <= {"door.doctor.link.refused", "door.doctor.link.unsigned"}
    assert ill(folder) != set()


@pytest.mark.parametrize(("seconds", "also"), [(400, set()), (-400, set()), (900, {"door.doctor.link.refused"})])
def test_a_clock_that_is_off_is_found_before_it_stops_the_work(
    folder: Path, monkeypatch: pytest.MonkeyPatch, seconds: int, also: set[str]
) -> None:
    monkeypatch.setattr(counterparts, "SystemClock", lambda: OffsetClock(lambda: timedelta(seconds=seconds)))
    found = findings(folder)

    assert ids(found, Verdict.WRONG) == {"door.doctor.clock.off"} | also
    (gap,) = [finding.told.args["gap"] for finding in found if finding.what == "door.doctor.clock"]
    assert abs(int(gap) - seconds) <= 2


def test_a_biller_of_the_settings_that_is_in_no_catalogue_is_named(folder: Path) -> None:
    setting(folder, '[billers."1101"]', '[billers."9999"]\nurl = "http://127.0.0.1:9"\n[billers."1101"]')
    path = folder / "keys.json"
    table = json.loads(path.read_text(encoding="utf-8"))
    table["links"]["9999"] = "00" * 32
    path.write_text(json.dumps(table), encoding="utf-8")

    (told,) = [finding.told for finding in findings(folder) if not finding.well]
    assert (told.id, told.args["codes"]) == ("door.doctor.catalogue.unknown", "9999")


def test_a_pin_pad_that_does_not_listen_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as pad:
        url = f"http://127.0.0.1:{pad.getsockname()[1]}"
        settings: Any = SimpleNamespace(pinpad=SimpleNamespace(url=url))
        assert counterparts._pin_pad(settings) == Message("door.doctor.pinpad.well", {"url": url})
    with pytest.raises(Ill, match=r"pinpad\.silent"):
        counterparts._pin_pad(settings)
    with pytest.raises(NotExamined):
        counterparts._pin_pad(SimpleNamespace())  # type: ignore[arg-type]


# The report


FOUND = [
    Finding(Group.WORKSTATION, "door.doctor.disk", Verdict.WELL, Message("door.doctor.disk.well", {"free": 9})),
    Finding(Group.WORKSTATION, "door.doctor.locale", Verdict.LEFT_OUT, Message("door.doctor.depends")),
    Finding(
        Group.RECORDS,
        "door.doctor.database",
        Verdict.WRONG,
        Message("door.doctor.database.triggers", {"names": "keep_audit_row_delete", "count": 1}),
    ),
]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_is_aligned_folded_and_says_in_words_what_its_marks_say(language: str) -> None:
    speak = words(language)
    told = list(sheet.lines(FOUND, speak, 80))

    assert max(map(sheet.cells, told)) <= 80
    whole = re.sub(r"\s", "", "".join(told))
    for finding in FOUND:
        assert re.sub(r"\s", "", speak.message(finding.told)) in whole
        line = next(line for line in told if speak(finding.what) in line and not line.startswith(speak(finding.group)))
        assert speak(finding.verdict) in line
        assert sheet.cells(line[: line.index(speak.message(finding.told)[:4])]) == sheet.cells(
            told[1][: told[1].index(speak.message(FOUND[0].told))]
        )
    assert told[-1] == speak("door.doctor.sum", well=1, wrong=1, left_out=1)


@pytest.mark.parametrize("text", ["", "短", "很长" * 40, "word " * 30, "w" * 99, "汉字，" * 30, "mixed 汉字 and " * 12])
def test_folding_loses_nothing_and_keeps_to_its_width(text: str) -> None:
    lines = sheet.folded(text, 24)

    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", text)
    assert max(map(sheet.cells, lines)) <= 24
    assert not any(line.startswith("，") for line in lines)


def test_the_command_tells_machines_the_same_and_exits_by_it(folder: Path, sandbox: SandboxProcess) -> None:
    well = doctor(folder, "--json")
    sandbox.control.down("core")
    wrong = doctor(folder, "--json")
    shown = doctor(folder)

    assert (well.returncode, json.loads(well.stdout)["well"]) == (0, True)
    assert (wrong.returncode, json.loads(wrong.stdout)["well"]) == (1, False)
    (core,) = [found for found in json.loads(wrong.stdout)["findings"] if found["what"] == "core"]
    assert (core["verdict"], core["message"]) == ("wrong", "door.doctor.link.unreachable")
    assert shown.returncode == 1
    assert "✗ 需处理  核心" in shown.stdout


@pytest.mark.parametrize("encoding", ["ascii", "iso8859-1", "gbk"])
def test_where_the_terminal_cannot_write_it_the_report_still_says_so(folder: Path, encoding: str) -> None:
    told = doctor(folder, PYTHONIOENCODING=encoding)

    assert told.returncode == 1
    assert f"{encoding} cannot write Chinese. Set LANG=zh_CN.UTF-8." in " ".join(told.stdout.split())


def doctor(folder: Path, *more: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tellerdesk", "doctor", "--folder", str(folder), *more],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        env={**os.environ, **environment},
        timeout=60,
        check=False,
    )


def test_a_defect_ends_a_command_with_a_reference_and_never_with_its_text(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise RuntimeError("王晓燕 6217000712345678901")

    monkeypatch.setattr(door, "app", broken)
    with pytest.raises(SystemExit) as ended:
        door.main()
    told = "".join(capfd.readouterr())

    assert ended.value.code == door.UNFORESEEN
    assert re.search(r"[0-9a-f]{8}", told)
    assert "王晓燕" not in told
    assert "6217" not in told


def test_an_unforeseen_error_of_one_look_is_a_finding_and_ends_no_other(folder: Path) -> None:
    def broken(text: str) -> str:
        raise KeyError("王晓燕")

    found = findings(folder, lacks=broken)
    (told,) = [finding.told for finding in found if not finding.well]
    assert told == Message("door.doctor.unforeseen", {"kind": "KeyError"})
