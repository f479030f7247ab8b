"""One case from its first key to the judgement."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from faults import evidence
from faults.case import JUDGEMENT, By, Case, Fault
from faults.flows import FaultFlow
from faults.fork import Outcome, alone, here, in_a_child
from faults.house import House
from faults.judge import MOST_SWEEPS, judge
from faults.seen import state_of
from faults.spawning import recover_by_command, serve_in_a_program
from tellerdesk.links import client
from tellerdesk.sandbox.faults import Processed
from tellerdesk.steps import StepHook, no_hook

Errands = dict[str, Callable[[], object]]


@dataclass(slots=True)
class Result:
    """`violations` are (rule, what is seen). `trace` are the steps of the process that served, `recovery` those of the
    one that recovered. `missed` says that a step to be killed at was never passed."""

    case: Case
    violations: list[tuple[str, str]] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    recovery: list[str] = field(default_factory=list)
    missed: bool = False
    fired: int = 0
    alone: int = 0
    """steps of the recovery before people did their part"""
    left: str = ""
    """what `evidence.left_behind` says of it"""
    word: str = ""
    seconds: float = 0.0


class Trials:
    """Runs cases of one flow in one house, one after the other."""

    def __init__(self, house: House, flow: FaultFlow) -> None:
        self._house = house
        self._flow = flow

    def warm_up(self) -> None:
        """One good case in this very process, so that its children find everything loaded."""
        case = Case(self._flow.name, "good")
        number, consumer_no = self._house.next_case(case.world)
        self._house.lay_out(number)
        self._serve(case, number, consumer_no, no_hook)
        self._settle(case, number, consumer_no, no_hook, healed=False)
        self._house.count_requests()
        client.close_links()
        gc.collect()
        gc.freeze()

    def run(self, case: Case) -> Result:
        began = time.monotonic()
        result = Result(case)
        number, consumer_no = self._house.next_case(case.world)
        self._house.lay_out(number)
        errands = self._set_faults(case)
        alone()
        if case.by is By.SPAWN:
            served = serve_in_a_program(self._house, case, number, consumer_no)
        else:
            while_served = errands | self._while_served(case)
            served = in_a_child(lambda hook: self._serve(case, number, consumer_no, hook), case.stop, while_served)
        result.trace = served.trace
        settled = Outcome() if served.error else self._recovered(case, number, consumer_no, errands, result)
        result.missed = (case.stop is not None and not served.killed) or result.missed
        if error := served.error or settled.error:
            result.violations.append(("no-error", error))
            self._house.control.clear()
            self._house.control.deliver_late()
            self._house.count_requests()
        else:
            self._judge(case, settled, result)
        result.seconds = time.monotonic() - began
        return result

    # -- the processes --------------------------------------------------------------------------------------------

    def _serve(self, case: Case, number: int, consumer_no: str, hook: StepHook) -> None:
        """The customer is served: all a person does, with the faults on."""
        with self._house.desk(case.world, "quick", hook) as desk:
            self._flow.act(self._house.scene(desk, number, consumer_no, case.course))

    def _recovered(self, case: Case, number: int, consumer_no: str, errands: Errands, result: Result) -> Outcome:
        if case.by is By.SPAWN:
            recover_by_command(self._house)
        healed = self._heal_if_over(case, result)

        def settle(hook: StepHook) -> dict[str, Any]:
            return self._settle(case, number, consumer_no, hook, healed=healed)

        if case.second is not None:
            killed = in_a_child(settle, case.second, errands)
            result.recovery = killed.trace
            result.missed = not killed.killed
            if killed.error or not killed.killed:
                return killed
        settled = here(settle, errands)
        client.close_links()
        result.recovery = result.recovery or settled.trace
        return settled

    def _settle(self, case: Case, number: int, consumer_no: str, at: StepHook, *, healed: bool) -> dict[str, Any]:
        """Recovery with the faults still on, then healed until nothing waits; late arrivals; people; the books."""
        house, control = self._house, self._house.control
        fired, passed = 0, 0

        def hook(point: str) -> None:
            nonlocal passed
            passed += 1
            at(point)

        if not healed:
            house.let_leases_run_out()
            with house.desk(case.world, "quick", hook) as desk:
                desk.recovery.sweep()
            fired = _fired(control.faults(), case)
            control.clear()
        with house.desk(case.world, "patient", hook) as desk:
            sweeps, waiting = 0, 1
            while waiting and sweeps < MOST_SWEEPS:
                house.let_leases_run_out()
                waiting = desk.recovery.sweep().waiting
                sweeps += 1
            rest = evidence.branch(house.desk_folder)
            if self._may_be_late(case):
                control.deliver_late()
            house.let_leases_run_out()
            desk.recovery.sweep()
            late, alone = evidence.branch(house.desk_folder), passed
            self._flow.mend(house.scene(desk, number, consumer_no, case.course))
            end = evidence.branch(house.desk_folder)
            audit = evidence.audit_damage(desk)
        found = evidence.ledgers(house.ledgers, house.counterpart, number)
        return asdict(evidence.Evidence(rest, late, end, sweeps, audit=audit, alone=alone, fired=fired, **found))

    # -- faults and judgement -------------------------------------------------------------------------------------

    def _set_faults(self, case: Case) -> Errands:
        """Tells the counterparts; what depends on a step comes back as an errand."""
        course = self._flow.courses[case.course]
        control = self._house.control
        errands: Errands = {}
        if not course.faults_at:
            self._turn_on(self._faults_of(case))
        if course.down:
            errands[course.down_at] = lambda: control.down(course.down)
        if case.arrival != JUDGEMENT:
            errands[case.arrival] = control.deliver_late
        return errands

    def _while_served(self, case: Case) -> Errands:
        """What else happens at a step of the process that serves, and of no other."""
        course = self._flow.courses[case.course]
        errands: Errands = {}
        if course.faults_at:
            errands[course.faults_at] = lambda: self._turn_on(self._faults_of(case))
        if course.overtaken_at:
            errands[course.overtaken_at] = lambda: self._overtaken(case)
        return errands

    def _overtaken(self, case: Case) -> None:
        for _ in range(MOST_SWEEPS):
            self._house.let_leases_run_out()
            with self._house.desk(case.world, "quick") as other:
                if not other.recovery.sweep().waiting:
                    break
        self._house.forget_promises()

    def _turn_on(self, faults: tuple[Fault, ...]) -> None:
        for fault in faults:
            times = None if fault.lasting else 1
            self._house.control.rule(fault.action, fault.processed, fault.answer, times=times)

    def _faults_of(self, case: Case) -> tuple[Fault, ...]:
        """The case's own fault lies before the course's."""
        return (*([case.fault] if case.fault else []), *self._flow.courses[case.course].faults)

    def _may_be_late(self, case: Case) -> bool:
        return any(fault.processed is Processed.LATE for fault in self._faults_of(case))

    def _heal_if_over(self, case: Case, result: Result) -> bool:
        """Whether no fault can be at work any more; the rules that are used up are cleared away then."""
        faults = self._faults_of(case)
        if self._flow.courses[case.course].down:
            return False
        if not faults:
            return True
        rules = self._house.control.faults()
        result.fired = _fired(rules, case)
        over = all(rule["times"] is not None and rule["fired"] >= rule["times"] for rule in rules)
        if over:
            self._house.control.clear()
        return over

    def _judge(self, case: Case, settled: Outcome, result: Result) -> None:
        found = evidence.from_told(settled.told)
        found.seen = self._house.count_requests()
        result.alone = found.alone
        result.left = evidence.left_behind(found)
        result.fired = max(result.fired, found.fired)
        entries = found.end.entries
        result.word = " ".join(dict.fromkeys(state_of(entry).word.value for entry in entries)) or "NOTHING"
        result.violations += judge(self._flow, case, found)


def _fired(rules: list[dict[str, Any]], case: Case) -> int:
    """How often the case's own fault was at work: its rule is the first."""
    return int(rules[0]["fired"]) if case.fault is not None and rules else 0
