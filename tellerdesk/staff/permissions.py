"""Every use case says who may call it, in one line above it.

class Payments:
    staff: StaffRoom

    @permits(Permission.TAKE_PAYMENT)
    def pay(self, who: SignedOn, command: PayBill) -> PaymentView: ...
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Literal, ParamSpec, Protocol, TypeVar, overload

from tellerdesk.staff.states import Permission
from tellerdesk.staff.views import SignedOn


class Doorkeeper(Protocol):
    """Who is asked: the staff room."""

    def require(self, who: SignedOn, permission: Permission) -> None: ...


class Guarded(Protocol):
    """A class of use cases: it has the staff room at hand."""

    @property
    def staff(self) -> Doorkeeper: ...


_Room = TypeVar("_Room", bound=Guarded)
_Given = ParamSpec("_Given")
_Told = TypeVar("_Told")
_Method = TypeVar("_Method", bound=Callable[..., object])
_Case = Callable[Concatenate[_Room, SignedOn, _Given], _Told]


@overload
def permits(permission: Literal[Permission.SIGN_ON]) -> Callable[[_Method], _Method]: ...
@overload
def permits(
    permission: Permission,
) -> Callable[[_Case[_Room, _Given, _Told]], _Case[_Room, _Given, _Told]]: ...
def permits(permission: Permission) -> Callable[[Any], Any]:
    """Has the staff room asked, before anything else, whether `who` may do this now; it raises NotAllowed if not.

    Permission.SIGN_ON stands above what needs no session (signing on and off, the command line): it is declared, and
    nobody is asked.
    """

    def declare(method: Callable[..., object]) -> Callable[..., object]:
        if permission is Permission.SIGN_ON:
            guarded = method
        else:

            @wraps(method)
            def guarded(room: Guarded, who: SignedOn, *args: object, **kwargs: object) -> object:
                room.staff.require(who, permission)
                return method(room, who, *args, **kwargs)

        guarded.__permission__ = permission  # type: ignore[attr-defined]
        return guarded

    return declare


def declared(cls: type) -> dict[str, Permission]:
    """The permission of each public method of `cls` that declares one."""
    return {
        name: method.__permission__
        for name, method in _public_methods(cls).items()
        if hasattr(method, "__permission__")
    }


def undeclared(cls: type) -> list[str]:
    """The public methods of `cls`, inherited ones included, that anybody could call: a defect."""
    return sorted(_public_methods(cls).keys() - declared(cls).keys())


def _public_methods(cls: type) -> dict[str, Any]:
    members = ((name, inspect.getattr_static(cls, name)) for name in dir(cls) if not name.startswith("_"))
    plain = ((name, getattr(member, "__func__", member)) for name, member in members)
    return {name: member for name, member in plain if inspect.isfunction(member)}
