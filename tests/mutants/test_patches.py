"""The sown defects still fit the sources: none of them has quietly become no defect at all."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.mutants.patches import MUTANTS, SETS, Edit, Mutant, edited

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_sown_defect_fits_the_sources_and_is_still_a_program(mutant: Mutant) -> None:
    assert mutant.caught_by
    assert set(mutant.caught_by) <= SETS.keys()
    for edit in mutant.edits:
        source = (ROOT / edit.file).read_text(encoding="utf-8")
        changed = edited(source, edit)
        assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(source))


def test_there_are_enough_of_them_and_each_is_another() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 12
    assert len({mutant.edits for mutant in MUTANTS}) == len(MUTANTS)


def test_the_sets_that_notice_them_are_there() -> None:
    for paths in SETS.values():
        assert all((ROOT / path).exists() for path in paths)


def test_a_defect_that_no_longer_fits_is_told() -> None:
    with pytest.raises(ValueError, match="0 times"):
        edited("here = 1", Edit("file.py", "there", "nowhere"))
    with pytest.raises(ValueError, match="2 times"):
        edited("here = here", Edit("file.py", "here", "there"))
