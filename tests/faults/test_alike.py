"""What the harness does not try twice: it must leave out nothing that could end otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from faults.alike import Known, own_part
from faults.case import Case, Fault, Stop, World, stops
from faults.evidence import Branch, Evidence, left_behind
from faults.flows import Course, flows
from faults.units import gathered, products


def _way(*steps: str) -> list[str]:
    return [f"{step}:{side}" for step in steps for side in ("before", "after")]


GOOD = _way("commit.asked", "call.X", "commit.X.yes", "commit.agreed", "call.Y", "commit.Y.yes", "commit.end")
UNHEARD = _way("commit.asked", "call.X", "commit.X.unknown", "call.X", *(step[:-7] for step in GOOD[4::2]))


@dataclass(frozen=True)
class _Flow:
    alike: bool = True
    courses: dict[str, Course] = field(
        default_factory=lambda: {
            "good": Course(),
            "unheard": Course((Fault.parse("X.yes.timeout"),)),
            "other-books": Course(whole=True),
        }
    )


def _points(found: set[Stop]) -> set[str]:
    return {str(stop) for stop in found}


def test_a_course_is_its_own_from_the_call_that_parts_it_until_its_definite_answer_is_written_down() -> None:
    own = own_part(stops(UNHEARD), stops(GOOD))

    assert _points(own) == {
        *("call.X:before@1", "call.X:after@1", "commit.X.unknown:before@1", "commit.X.unknown:after@1"),
        *("call.X:before@2", "call.X:after@2", "commit.X.yes:before@1", "commit.X.yes:after@1"),
    }


def test_ways_that_never_meet_again_are_their_own_to_the_end() -> None:
    other = [*GOOD[:10], *_way("commit.Y.no", "commit.told")]

    assert _points(own_part(stops(other), stops(GOOD))) == {f"{point}@1" for point in other[8:]}
    assert own_part(stops(GOOD), stops(GOOD)) == set()


def test_a_step_from_which_recovery_makes_the_call_by_itself_belongs_to_the_course_with_a_fault_on_it() -> None:
    before = str(Stop("commit.asked:before"))
    case = Case("some", "unheard")
    known = Known(ways={("good", World.ABLE): GOOD}, calls={("good", World.ABLE, before): frozenset({"X"})})
    unknown = Known(ways=known.ways, calls={("good", World.ABLE, before): frozenset({"Y"})})

    assert Stop.parse(before) in known.own_steps(_Flow(), case, UNHEARD)  # type: ignore[arg-type]
    assert Stop.parse(before) not in unknown.own_steps(_Flow(), case, UNHEARD)  # type: ignore[arg-type]


def test_a_course_with_other_books_and_a_flow_that_wants_it_so_are_killed_at_every_step() -> None:
    known = Known(ways={("good", World.ABLE): GOOD})

    assert known.own_steps(_Flow(), Case("some", "other-books"), GOOD) == set(stops(GOOD))  # type: ignore[arg-type]
    assert known.own_steps(_Flow(alike=False), Case("some", "unheard"), UNHEARD) == set(stops(UNHEARD))  # type: ignore[arg-type]


def test_a_fault_nobody_sees_is_over_with_the_next_commit_and_another_one_once_its_answer_is_there() -> None:
    known = Known(ways={("good", World.ABLE): GOOD})
    unseen, lost = (Case("some", "good", Fault.parse(f"Y.{way}")) for way in ("twice.valid", "no.timeout"))
    longer = [*GOOD[:10], *_way("commit.Y.unknown", "call.Y", "commit.Y.yes", "commit.end")]

    assert known.steps_under(_Flow(), unseen, GOOD) == stops(GOOD)[:12]  # type: ignore[arg-type]
    assert known.steps_under(_Flow(), lost, longer) == stops(longer)[:16]  # type: ignore[arg-type]


def test_no_fault_is_lost_where_several_are_tried_together() -> None:
    for flow in flows().values():
        alone = [unit.plain for unit in products(flow)]
        together = gathered(products(flow))
        again = [(unit.plain.course, fault, unit.plain.arrival) for unit in together for fault in unit.faults]
        if all(case.world is World.ABLE for case in alone):
            assert sorted(map(str, again)) == sorted(str((case.course, case.fault, case.arrival)) for case in alone)


def _books(serial: str = "1", biller: str = "PAID", **leg: Any) -> Evidence:
    entry = {"serial": serial, "flow": "bill_payment", "state": "SUCCESS", "version": 3, "cash_return": "NONE"}
    sent = {"serial": serial, "kind": "BILLER_PAY", "attempt": 1, "state": "UNKNOWN", "sends": 1, "code": "timeout"}
    empty: dict[str, Any] = {"steps": [], "cash": [], "claims": [], "documents": [], "files": {}}
    end = Branch(entries=[entry], legs=[{**sent, **leg}], **empty)
    return Evidence(rest=end, late=end, end=end, sweeps=1, core=[], biller=[{"state": biller}], core_flaws=[], audit="")


def test_two_silences_leave_the_same_behind_whatever_they_are_called_and_whoever_is_served() -> None:
    assert left_behind(_books()) == left_behind(_books("2", code="garbage"))


@pytest.mark.parametrize(
    "other",
    [
        {"state": "REJECTED"},
        {"state": "UNSENT"},
        {"sends": 2},
        {"attempt": 2},
        {"biller": "CANCELLED"},
    ],
    ids=str,
)
def test_what_later_steps_depend_on_is_never_the_same(other: dict[str, Any]) -> None:
    assert left_behind(_books()) != left_behind(_books(**other))


def test_two_refusals_are_the_same_by_their_code_alone() -> None:
    closed, rolled = (_books(state="REJECTED", code=code) for code in ("CLOSED", "DATE_ROLLED"))
    assert left_behind(closed) != left_behind(rolled)
