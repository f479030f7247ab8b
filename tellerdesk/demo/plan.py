"""The branch the demonstration shows."""

from __future__ import annotations

from collections.abc import Mapping

from tellerdesk.config import SamplePerson
from tellerdesk.setup import Plan
from tellerdesk.staff.commands import AddStaff
from tellerdesk.staff.states import Role

BILLER = "1101"
BRANCH_NO = "0712"
TILL_NO = "07"

PEOPLE = (
    SamplePerson("1001", "李晓燕", Role.TELLER, "kapok-1001"),
    SamplePerson("3001", "王建国", Role.SUPERVISOR, "lychee-3001", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"),
    SamplePerson("3002", "赵敏", Role.SUPERVISOR, "lychee-3002", "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU"),
    SamplePerson("3003", "孙立群", Role.SUPERVISOR, "lychee-3003", "MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK"),
    SamplePerson("5001", "周海涛", Role.RECONCILIATION, "banyan-5001"),
    SamplePerson("8001", "吴静", Role.AUDITOR, "camphor-8001"),
    SamplePerson("9001", "郑伟", Role.ADMINISTRATOR, "jasmine-9001"),
)
"""Shown on the sign-on screen of the demonstration, and nowhere else ever put on a list."""


def plan(core_url: str, billers: str | Mapping[str, str], language: str = "", pinpad_url: str = "") -> Plan:
    """The demonstration's settings, with the addresses its sandbox has today: the billers' by code, or the electricity
    company's alone."""
    return Plan(
        bank_zh="示例银行",
        bank_en="Sample Bank",
        branch_no=BRANCH_NO,
        branch_zh="深圳南山支行",
        branch_en="Shenzhen Nanshan Branch",
        till_no=TILL_NO,
        core_url=core_url,
        biller_urls={BILLER: billers} if isinstance(billers, str) else billers,
        pinpad_url=pinpad_url,
        language=language,
        training=True,
        sample_staff=PEOPLE,
    )


def people() -> list[AddStaff]:
    """The sample staff as they are put on the list."""
    return [
        AddStaff(
            staff_no=person.staff_no,
            name=person.name,
            role=Role(person.role),
            branch_no=BRANCH_NO,
            password=person.password,
            code_secret=person.code_secret,
        )
        for person in PEOPLE
    ]
