"""Whatever fails while a document is made, the next call makes it whole: same number, same view."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tellerdesk.documents.shelf import Shelf
from tellerdesk.errors import DocumentFailed
from tellerdesk.steps import no_hook
from tellerdesk.store.engine import Store
from tests.documents.room import PlainRenderer, Room

STEPS = [
    "commit.document.reserve:before",
    "commit.document.reserve:after",
    "file.document:before",
    "file.document:after",
    "commit.document.issued:before",
    "commit.document.issued:after",
]
NUMBER = "20261122-0712-000001"


def failing(room: Room) -> DocumentFailed:
    with pytest.raises(DocumentFailed) as caught:
        room.issue()
    return caught.value


def assert_issued_whole(room: Room) -> None:
    """After whatever trouble: the document is there under its number, nothing else is, and no number is lost."""
    issued = room.issue()
    assert issued.number == NUMBER
    assert room.files() == [f"{NUMBER}.pdf"]
    assert [row["state"] for row in room.rows()] == ["ISSUED"]
    assert [action for _, action, _ in room.audited()] == ["document.issued"]
    assert room.issue("9").number == "20261122-0712-000002"


def die(*given: object, **named: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def issue_and_die(room: Room, prepare: Callable[[Store], None]) -> None:
    """Issues in a process of its own, which is killed at the place `prepare` has chosen."""

    def child() -> None:
        room.store = Store(room.store.url)
        prepare(room.store)
        room.issue()

    room.store.close()
    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def test_these_are_the_steps_of_a_document(room: Room) -> None:
    passed: list[str] = []
    room.store.hook = passed.append
    room.issue()
    assert passed == STEPS


@pytest.mark.parametrize("step", STEPS)
def test_a_desk_killed_at_any_step_is_taken_up_by_the_next_call(room: Room, step: str) -> None:
    def kill_there(store: Store) -> None:
        store.hook = lambda passed: die() if passed == step else None

    issue_and_die(room, kill_there)
    assert_issued_whole(room)


def test_a_desk_killed_before_the_rename_leaves_no_half_file_and_nothing_for_ever(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill_there(store: Store) -> None:
        monkeypatch.setattr(os, "rename", die)

    issue_and_die(room, kill_there)
    (left,) = room.files()
    assert left.startswith(f".{NUMBER}.pdf.")
    assert_issued_whole(room)


def test_a_part_that_is_still_being_written_is_not_swept_away(
    small_room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(small_room.folder)
    seen: list[str] = []
    really = os.rename

    def sweep_first(*names: str, **folders: int) -> None:
        shelf.sweep("a.pdf")
        seen.extend(small_room.files())
        really(*names, **folders)

    monkeypatch.setattr(os, "rename", sweep_first)
    shelf.put("a.pdf", b"whole")
    assert len(seen) == 1
    assert (small_room.folder / "a.pdf").read_bytes() == b"whole"


def test_a_document_that_cannot_be_rendered_can_be_made_later(room: Room, renderer: PlainRenderer) -> None:
    renderer.trouble = DocumentFailed("error.document.render", reason="glyph")
    assert failing(room).args_by_name == {"reason": "glyph"}
    assert room.files() == []
    renderer.trouble = None
    assert_issued_whole(room)


def test_an_unexpected_error_of_the_renderer_does_not_tell_what_was_printed(
    small_room: Room, renderer: PlainRenderer
) -> None:
    renderer.trouble = RuntimeError("cannot draw *晓燕 07550031884620")
    error = failing(small_room)
    assert (error.message_id, error.args_by_name) == ("error.document.render", {"reason": "RuntimeError"})
    renderer.trouble = None
    assert_issued_whole(small_room)


def test_a_desk_without_a_renderer_says_so(small_room: Room) -> None:
    renderer, small_room.renderer = small_room.renderer, None
    assert failing(small_room).message_id == "error.document.no_renderer"
    small_room.renderer = renderer
    assert_issued_whole(small_room)


def test_a_missing_folder_is_told_and_the_document_made_when_it_is_back(room: Room) -> None:
    room.folder.rmdir()
    error = failing(room)
    assert (error.message_id, error.args_by_name) == ("error.document.save", {"reason": "No such file or directory"})
    room.folder.mkdir()
    assert_issued_whole(room)


def test_a_folder_that_is_a_file_is_told(small_room: Room) -> None:
    small_room.folder.rmdir()
    small_room.folder.touch()
    assert failing(small_room).message_id == "error.document.save"


def test_a_disk_that_fills_up_half_way_leaves_nothing_under_any_name(room: Room, renderer: PlainRenderer) -> None:
    most = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(step: str) -> None:
        if step == "file.document:before":
            resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, most[1]))

    room.store.hook = fill
    try:
        error = failing(room)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, most)
    assert error.message_id == "error.document.save"
    assert len(renderer.rendered) == 1
    assert room.files() == []
    room.store.hook = no_hook
    assert_issued_whole(room)


def test_a_disk_that_fails_to_keep_it_leaves_nothing_under_any_name(
    small_room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(handle: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr("tellerdesk.documents.shelf.os.fsync", fail)
        assert failing(small_room).args_by_name == {"reason": "Input/output error"}
        assert small_room.files() == []
    assert_issued_whole(small_room)


def test_a_half_file_under_the_name_of_a_document_not_yet_issued_is_replaced(room: Room) -> None:
    renderer, room.renderer = room.renderer, None
    failing(room)
    (room.folder / f"{NUMBER}.pdf").write_bytes(b"%PDF half")
    room.renderer = renderer
    assert_issued_whole(room)


def test_a_file_that_is_gone_is_made_again_as_it_was(room: Room) -> None:
    issued = room.issue()
    before = issued.path.read_bytes()
    issued.path.unlink()
    assert room.issue() == issued
    assert issued.path.read_bytes() == before
    assert_issued_whole(room)


def test_a_file_that_is_gone_and_would_now_look_different_is_not_passed_off_as_the_old_one(
    room: Room, renderer: PlainRenderer
) -> None:
    room.issue().path.unlink()
    renderer.ink = "blue"
    error = failing(room)
    assert (error.message_id, error.args_by_name) == ("error.document.unlike", {"number": NUMBER})
    assert room.files() == []
    renderer.ink = "black"
    assert_issued_whole(room)


@pytest.mark.parametrize("change", [b"%s ", b" %s", b"", b"forged"])
def test_a_changed_file_is_told_kept_aside_and_put_right(room: Room, change: bytes) -> None:
    issued = room.issue()
    before = issued.path.read_bytes()
    forged = change.replace(b"%s", before)
    issued.path.write_bytes(forged)
    error = failing(room)
    assert (error.message_id, error.args_by_name) == ("error.document.changed", {"number": NUMBER})
    assert issued.path.read_bytes() == before
    (aside,) = room.folder.glob(f"{NUMBER}.changed-*.pdf")
    assert aside.read_bytes() == forged
    assert room.audited() == [
        ("T00123", "document.issued", NUMBER),
        ("T00123", "document.changed", NUMBER),
    ]
    assert room.issue() == issued


def test_a_changed_file_that_cannot_be_put_right_stays_as_it_is_found(room: Room, renderer: PlainRenderer) -> None:
    issued = room.issue()
    issued.path.write_bytes(b"forged")
    renderer.ink = "blue"
    assert failing(room).message_id == "error.document.unlike"
    assert issued.path.read_bytes() == b"forged"
    assert [action for _, action, _ in room.audited()] == ["document.issued", "document.changed"]


@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
def test_something_else_under_the_name_is_not_followed(small_room: Room, tmp_path: Path, kind: str) -> None:
    issued = small_room.issue()
    elsewhere = tmp_path / "elsewhere.pdf"
    elsewhere.write_bytes(issued.path.read_bytes())
    issued.path.unlink()
    if kind == "link":
        issued.path.symlink_to(elsewhere)
    elif kind == "folder":
        issued.path.mkdir()
    else:
        os.mkfifo(issued.path)
    assert failing(small_room).message_id == "error.document.changed"
    assert not issued.path.is_symlink()
    assert issued.path.is_file()
    assert elsewhere.exists()
    assert small_room.issue() == issued


def test_a_link_laid_in_advance_is_replaced_not_followed(small_room: Room, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (small_room.folder / f"{NUMBER}.pdf").symlink_to(victim)
    issued = small_room.issue()
    assert victim.read_bytes() == b"precious"
    assert not issued.path.is_symlink()
