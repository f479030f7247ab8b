"""What each stage of a cancellation offers: its steps on the title line, its keys and what they are called."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from screens.bill_steps import steps_line
from screens.cancel_form import CancelForm, Step
from screens.saying import Say, says

STEPS = tuple(Step)
KEYS = ("help", "go_to", "back", "choices", "again", "print", "submit", "cancel", "lock")


class Stage(Enum):
    """What the teller does next; a search that leaves a choice has CHOOSE."""

    FIND = "find"
    CHOOSE = "choose"
    REKEY = "rekey"
    APPROVAL = "approval"
    DONE = "done"


def stage_of(form: CancelForm, *, listed: bool) -> Stage:
    """Where this cancellation is. `listed`: there are payments to choose from."""
    if form.step is Step.FIND:
        return Stage.CHOOSE if listed else Stage.FIND
    return Stage(form.step.value)


def working(
    stage: Stage, *, busy: bool, sending: bool, begun: bool, barred: bool, outcome: Iterable[str]
) -> tuple[str, ...]:
    """The actions that work now, in the order of the key bar. `sending`: something may be under way, and this may not
    be left; `begun`: it may have been asked for; `barred`: the payment under the cursor cannot be cancelled, and its
    story can be read; `outcome`: what the outcome's part offers."""
    offered = set(outcome)
    works = {
        "choices": (stage is Stage.CHOOSE and barred) or (stage is Stage.REKEY and not begun) or bool(offered),
        "cancel": stage is not Stage.DONE,
        "again": "again" in offered,
        "print": "print" in offered,
        "go_to": stage is not Stage.DONE,
    }
    if stage is Stage.DONE:
        works["submit"] = "submit" in offered
    elif busy:
        works |= dict.fromkeys(("go_to", "choices", "submit"), False)
        works |= dict.fromkeys(("back", "cancel"), not sending)
    return tuple(name for name in KEYS if works.get(name, True))


def label_of(name: str, stage: Stage) -> Say:
    """What the key bar calls an action at this stage."""
    if name == "submit":
        return says(f"cancellation.key.{stage.value}")
    if name == "choices" and stage is Stage.REKEY:
        return says("cancellation.reason")
    if name == "choices":
        return says("story.key")
    return says({"again": "outcome.again"}.get(name, f"key.{name}"))


def steps_said(here: Step) -> Say:
    """The four steps of a cancellation on the title line."""
    return steps_line([f"cancellation.step.{step.value}" for step in STEPS], STEPS.index(here))
