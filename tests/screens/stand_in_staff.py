"""A stand-in desk with people on its list of staff, and the way to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from screens.home import Home
from screens.new_password import NewPassword
from tellerdesk.staff import codes
from tellerdesk.staff.commands import AddStaff, ChangePassword, ChangeStaff, SignOn
from tellerdesk.staff.states import Role, StaffState
from tellerdesk.staff.views import NewCode, SignedOn, StaffView, TemporaryPassword
from tests.screens.counter import Counter
from tests.screens.stand_in import NOW, PASSWORD, StandIn

SECRET = "45RWS2CHHB3UJFELD7CWHQU6ZIPGPEHL"
CODE = NewCode("2001", SECRET, codes.uri(SECRET, "2001", "示例银行"))
GIVEN = TemporaryPassword("1002", "mako-ripu-desa-47")


def person(staff_no: str, name: str, role: Role = Role.TELLER, **changes: Any) -> StaffView:
    given = StaffView(staff_no, name, role, "0712", StaffState.ACTIVE, NOW - timedelta(hours=17), False, False)
    return replace(given, **changes)


PEOPLE = (
    person("1001", "李晓燕", Role.ADMINISTRATOR, signed_on_at="07"),
    person("1002", "陈志强", signed_on_at="08", failures=3),
    person("1003", "周敏", state=StaffState.LOCKED, failures=10),
    person("1004", "孙丽", Role.RECONCILIATION, must_change=True, last_sign_on=None),
    person("2001", "王建国", Role.SUPERVISOR, has_code=True, same_person=("1009",)),
    person("4001", "Christopher Robinson", Role.AUDITOR, branch_no="0001"),
    person("8888", "吴海", state=StaffState.LEFT),
)


class StaffDesk(StandIn):
    """The stand-in desk with a list of staff; each call can be made to fail."""

    def __init__(self, role: Role = Role.ADMINISTRATOR) -> None:
        super().__init__()
        self.role = role
        self.listed: tuple[StaffView, ...] = PEOPLE
        self.must_change = False
        self.fails: Exception | None = None
        self.code: NewCode | None = None
        self.over: Exception | None = None

    @property
    def people(self) -> StaffDesk:
        return self

    def sign_on(self, command: SignOn) -> SignedOn:
        return replace(super().sign_on(command), must_change=self.must_change)

    def confirm(self, who: SignedOn, password: str) -> None:
        super().confirm(who, password)
        if self.over is not None:
            raise self.over

    def lock(self, who: SignedOn, staff_no: str | None = None) -> None:
        self._done("lock" if staff_no else "lock_desk", staff_no)

    def all(self, who: SignedOn) -> tuple[StaffView, ...]:
        self._call("all")
        return self.listed

    def add(self, who: SignedOn, command: AddStaff) -> NewCode | None:
        self._done("add", command)
        return self.code

    def change(self, who: SignedOn, command: ChangeStaff) -> NewCode | None:
        self._done("change", command)
        return self.code

    def unlock(self, who: SignedOn, staff_no: str) -> None:
        self._done("unlock", staff_no)

    def leave(self, who: SignedOn, staff_no: str) -> None:
        self._done("leave", staff_no)

    def reset_password(self, who: SignedOn, staff_no: str) -> TemporaryPassword:
        self._done("reset_password", staff_no)
        return GIVEN

    def reset_code(self, who: SignedOn, staff_no: str) -> NewCode:
        self._done("reset_code", staff_no)
        return CODE

    def ask_power(self, who: SignedOn, staff_no: str) -> None:
        self._done("ask_power", staff_no)

    def change_password(self, who: SignedOn, command: ChangePassword) -> None:
        self._done("change_password", command)

    def _done(self, name: str, argument: Any) -> None:
        self._call(name, argument)
        if self.fails is not None:
            fails, self.fails = self.fails, None
            raise fails


async def sign_on(counter: Counter) -> None:
    await counter.until(lambda: counter.app.desk is not None)
    await fill_in(counter, "1001", PASSWORD)
    await counter.press("enter")
    await counter.until(lambda: isinstance(counter.app.screen, Home | NewPassword) and counter.app.screen.is_running)


async def fill_in(counter: Counter, *entries: str) -> None:
    for at, entry in enumerate(entries):
        if at:
            await counter.press("enter")
        await counter.type(entry)


async def to_list(counter: Counter) -> None:
    await sign_on(counter)
    await counter.on(Home)
    await counter.start("7002")
    await counter.sees("陈志强")


async def to(counter: Counter, staff_no: str) -> None:
    """Puts the cursor on a person."""
    numbers = [each.staff_no for each in PEOPLE]
    await counter.bounce("home", *["down"] * numbers.index(staff_no))
