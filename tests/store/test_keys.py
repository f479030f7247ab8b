"""The key file is made once, for its owner's eyes only."""

from __future__ import annotations

import json
import os
import resource
import stat
from pathlib import Path

import pytest

from tellerdesk.errors import BadSetup
from tellerdesk.store import keys as key_file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "secret.json"


def refused(path: Path) -> str:
    with pytest.raises(BadSetup) as caught:
        key_file.load(path)
    return caught.value.message_id


def test_what_was_made_is_loaded(path: Path) -> None:
    made = key_file.create(path, ["core", "power"])
    assert key_file.load(path) == made
    assert set(made.links) == {"core", "power"}


def test_the_file_is_for_its_owner_alone_whatever_the_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        key_file.create(path, [])
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_no_two_keys_are_alike(path: Path, tmp_path: Path) -> None:
    made, other = key_file.create(path, ["core"]), key_file.create(tmp_path / "other.json", ["core"])
    secrets = [
        key for one in (made, other) for key in (one.data, one.index, one.audit, one.verify, *one.links.values())
    ]
    assert len(set(secrets)) == 10
    assert {len(key) for key in secrets} == {32}


def test_a_key_file_is_never_replaced(path: Path) -> None:
    key_file.create(path, ["core"])
    before = path.read_bytes()
    with pytest.raises(BadSetup) as caught:
        key_file.create(path, ["core"])
    assert caught.value.message_id == "error.setup.keys_exist"
    assert path.read_bytes() == before


def test_a_link_is_not_followed_to_make_one(path: Path, tmp_path: Path) -> None:
    path.symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(BadSetup):
        key_file.create(path, [])
    assert not (tmp_path / "elsewhere.json").exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601, 0o644])
def test_a_file_others_could_touch_is_refused(path: Path, mode: int) -> None:
    key_file.create(path, [])
    path.chmod(mode)
    assert refused(path) == "error.setup.keys_open"


def test_a_missing_file_is_told(path: Path) -> None:
    assert refused(path) == "error.setup.no_file"


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.pop("audit"),
        lambda table: table.update(data="00" * 31),
        lambda table: table.update(data="not hexadecimal"),
        lambda table: table.update(data=7),
        lambda table: table.update(links=["core"]),
        lambda table: table["links"].update(core="00"),
    ],
)
def test_a_damaged_file_is_told(path: Path, change: object) -> None:
    key_file.create(path, ["core"])
    table = json.loads(path.read_text())
    change(table)  # type: ignore[operator]
    path.write_text(json.dumps(table))
    assert refused(path) == "error.setup.unreadable"


@pytest.mark.parametrize("contents", [b"", b"[]", b"{", b"\xff\xfe", b"null"])
def test_something_else_is_told(path: Path, contents: bytes) -> None:
    path.write_bytes(contents)
    path.chmod(0o600)
    assert refused(path) == "error.setup.unreadable"


def test_a_counterpart_without_a_secret_is_told(path: Path) -> None:
    made = key_file.create(path, ["core"])
    assert len(made.link("core")) == 32
    with pytest.raises(BadSetup) as caught:
        made.link("power")
    assert caught.value.message_id == "error.setup.no_link_key"


def test_keys_are_not_shown(path: Path) -> None:
    made = key_file.create(path, ["core"])
    assert made.data.hex() not in repr(made)
    assert repr(made.data) not in repr(made)


def test_a_key_file_that_could_not_be_written_whole_is_not_left_behind(path: Path) -> None:
    most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, most[1]))
    try:
        with pytest.raises(BadSetup) as caught:
            key_file.create(path, ["core"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, most)
    assert caught.value.message_id == "error.setup.unreadable"
    assert not path.exists()
    key_file.create(path, ["core"])


def test_the_files_name_too_is_on_the_disk_before_anything_is_sealed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(Path(f"/proc/self/fd/{handle}").resolve()))
    key_file.create(path, [])
    assert synced == [path, path.parent]
