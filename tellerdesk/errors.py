"""Everything that can go wrong on purpose, as one tree.

An error carries a message id with its arguments; the sentence is made at the edge, in the teller's language
(`tellerdesk.i18n`). A sentence says what happened, what was and was not done with the money, and what to do now.
"""

from __future__ import annotations

from typing import ClassVar


class TellerDeskError(Exception):
    """Base of the tree. `message_id` names the sentence in the catalogues, `args_by_name` fills it.

    Arguments are strings or ints that are already fit to be shown (amounts formatted, personal data masked).
    `code` is the stable word for the log.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message_id: str, /, **args_by_name: str | int) -> None:
        super().__init__(message_id)
        self.message_id = message_id
        self.args_by_name = args_by_name

    def __str__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in self.args_by_name.items())
        return f"{self.message_id}({given})"


class BadInput(TellerDeskError):
    """What was typed, pasted or read from a file cannot be used. Nothing was done. `field` names where."""

    code = "bad-input"

    def __init__(self, message_id: str, /, *, field: str = "", **args_by_name: str | int) -> None:
        super().__init__(message_id, **args_by_name)
        self.field = field


class NotAllowed(TellerDeskError):
    """This person may not do this now. Nothing was done."""

    code = "not-allowed"


class SignOnRefused(NotAllowed):
    """Sign-on failed; the sentence never tells whether the person exists."""

    code = "sign-on-refused"


class Refused(TellerDeskError):
    """A rule of the business or a counterpart's definite answer says no. Nothing was done with the money."""

    code = "refused"


class Conflict(TellerDeskError):
    """Someone else was first, or the same request id came with other contents. Nothing more was done."""

    code = "conflict"


class IllegalTransition(TellerDeskError):
    """The state machine knows no such step from here. Nothing was changed."""

    code = "illegal-transition"


class LeaseLost(Conflict):
    """Another worker has taken over this entry; whatever this one learned is kept as a note, not as a step."""

    code = "lease-lost"


class CounterpartUnavailable(TellerDeskError):
    """A question (never a money call) could not be answered: the counterpart is down, late or not to be believed."""

    code = "counterpart-unavailable"


class StoreUnavailable(TellerDeskError):
    """The database is locked, full or gone. What was committed stands; nothing else was sent."""

    code = "store-unavailable"


class DocumentFailed(TellerDeskError):
    """A document could not be rendered or saved. The payment is not touched; the document can be made again."""

    code = "document-failed"


class BadSetup(TellerDeskError):
    """A settings, catalogue or key file is missing or wrong."""

    code = "bad-setup"


class TamperFound(TellerDeskError):
    """A row's seal does not match its contents."""

    code = "tamper-found"
