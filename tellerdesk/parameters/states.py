"""What is under change control, and what becomes of a proposal."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """BILLER: one file of the catalogue (its settlement and internal account stand in it). RULES: approvals.toml.
    LIMITS: the amounts and days of the settings that protect money."""

    BILLER = "BILLER"
    RULES = "RULES"
    LIMITS = "LIMITS"


class VersionState(StrEnum):
    ADOPTED = "ADOPTED"
    """Came with the set-up: in force from the first opening."""
    PROPOSED = "PROPOSED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"


class ParameterAction(StrEnum):
    """What the parameters room writes into the audit; the subject is the version's number."""

    ADOPTED = "parameters.adopted"
    PROPOSED = "parameters.proposed"
    APPROVED = "parameters.approved"
    ENDED = "parameters.ended"
    """Rejected, withdrawn or expired."""
