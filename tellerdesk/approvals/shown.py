"""A request as people see it, made from its rows; and the rows' texts made from what was asked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from tellerdesk.approvals.binding import canonical
from tellerdesk.approvals.guards import roles
from tellerdesk.approvals.register import Row
from tellerdesk.approvals.states import ApprovalState, Place, UseCase, Verdict
from tellerdesk.approvals.views import ApprovalView, ChangeLine, DecisionView, RuleHit
from tellerdesk.i18n import Bilingual

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def rules_text(hits: Sequence[RuleHit]) -> str:
    """As a request keeps them."""
    return canonical([{"rule_id": hit.rule_id, "zh_CN": hit.name.zh_CN, "en": hit.name.en} for hit in hits])


def shown_text(changes: Sequence[ChangeLine]) -> str:
    """As a request keeps them."""
    return canonical([{"label": line.label, "before": line.before, "after": line.after} for line in changes])


def rule_hits(text: str) -> tuple[RuleHit, ...]:
    return tuple(RuleHit(hit["rule_id"], Bilingual(hit["zh_CN"], hit["en"])) for hit in json.loads(text))


def change_lines(text: str) -> tuple[ChangeLine, ...]:
    return tuple(ChangeLine(line["label"], line["before"], line["after"]) for line in json.loads(text))


def view(request: Row, decisions: Sequence[Row], maker_name: str, why_not: str) -> ApprovalView:
    """`decisions` are the request's own; `why_not` is empty for who may decide it."""
    return ApprovalView(
        approval_id=request["approval_id"],
        use_case=UseCase(request["use_case"]),
        subject=request["subject"],
        state=ApprovalState(request["state"]),
        branch_no=request["branch_no"],
        till_no=request["till_no"],
        maker_no=request["maker_no"],
        maker_name=maker_name,
        asked_at=request["asked_at"],
        expires_at=_EPOCH + timedelta(milliseconds=request["expires_ms"]),
        reason=request["reason"],
        rules=rule_hits(request["rules"]),
        changes=change_lines(request["shown"]),
        needed=request["needed"],
        by_roles=roles(request),
        decisions=tuple(_decision(decision) for decision in decisions),
        may_decide=not why_not,
        why_not=why_not,
        ended_at=request["ended_at"],
        ended_by=request["ended_by"],
    )


def _decision(row: Row) -> DecisionView:
    return DecisionView(
        staff_no=row["checker_no"],
        name=row["checker_name"],
        verdict=Verdict(row["verdict"]),
        place=Place(row["place"]),
        reason=row["reason"],
        at=row["at"],
    )
