"""A workstation of this process for each test; its links end in wires."""

from tests.stateful.fixtures import branch, branch_template

__all__ = ["branch", "branch_template"]
