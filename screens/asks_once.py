"""A form that asks for one thing at most, however often a key is pressed."""

from __future__ import annotations

from uuid import uuid4

from tellerdesk.errors import BadInput, Conflict, NotAllowed, Refused, TellerDeskError


def new_request_id() -> str:
    """Made once for each form: it stays the same for every press of the key."""
    return str(uuid4())


def proves_nothing_begun(error: TellerDeskError) -> bool:
    """True where an error proves that what was sent was not taken up."""
    proof = isinstance(error, BadInput | Refused | NotAllowed | Conflict)
    return proof or error.message_id.startswith("error.payment.not_started")


class AsksOnce:
    """`sent` is the command that was sent: once it may have been taken up, every later press of the key is that one
    again."""

    sent: object | None

    def failed(self, error: TellerDeskError) -> bool:
        """Takes note of an error; True where it proves that nothing was begun and something else may be typed."""
        nothing_begun = proves_nothing_begun(error)
        if nothing_begun:
            self.sent = None
        return nothing_begun
