"""The flows, and the runners that know them: whoever carries an entry on knows every flow there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tellerdesk.approvals.book import ApprovalBook
from tellerdesk.billers.catalogue import Biller
from tellerdesk.bills.approval import PaymentSubject
from tellerdesk.bills.consumers import Consumers
from tellerdesk.bills.payment_flow import Limits, PaymentFlow
from tellerdesk.bills.quotes import Quotes
from tellerdesk.desk.foundation import Foundation
from tellerdesk.journal import entries
from tellerdesk.journal.runner import Pace, Runner
from tellerdesk.links.link import Link
from tellerdesk.questions.late import LateAnswers
from tellerdesk.questions.late_flow import LateAnswerFlow
from tellerdesk.refunds.originals import Originals
from tellerdesk.refunds.persons import Persons
from tellerdesk.refunds.refund_flow import RefundFlow
from tellerdesk.store.vault import Vault
from tellerdesk.till.drawer import Drawer


@dataclass(frozen=True, slots=True)
class Flows:
    """What the rooms need of the flows their work goes through."""

    runner: Runner
    """the rooms' own"""
    payment: PaymentFlow
    refund: RefundFlow
    late: LateAnswerFlow
    late_answers: LateAnswers
    subject: PaymentSubject
    originals: Originals
    persons: Persons
    quotes: Quotes
    consumers: Consumers
    drawer: Drawer


def registered(
    runner: Runner,
    *others: Runner,
    core: Link,
    links: Mapping[str, Link],
    billers: Mapping[str, Biller],
    vault: Vault,
    book: ApprovalBook,
    channel_id: str,
    limits: Limits,
) -> Flows:
    """Every flow, known to `runner`, which also begins what one flow begins of another, and to each of `others`."""
    drawer, quotes, consumers = Drawer(), Quotes(vault), Consumers(vault)
    late_answers = LateAnswers(runner=runner, billers=billers, consumers=consumers, quotes=quotes)
    payment = PaymentFlow(
        book=book,
        core=core,
        links=links,
        billers=billers,
        quotes=quotes,
        vault=vault,
        drawer=drawer,
        channel_id=channel_id,
        limits=limits,
        open_day=entries.open_day,
        undo_late_answer=late_answers.look_back,
        late_answer_agrees=late_answers.payment_is_cancelled,
    )
    subject = PaymentSubject(vault, runner)
    originals, persons = Originals(quotes, subject), Persons(vault)
    refund = RefundFlow(
        book=book,
        core=core,
        links=links,
        billers=billers,
        originals=originals,
        persons=persons,
        drawer=drawer,
        channel_id=channel_id,
        fire=runner.fire_in,
    )
    late = LateAnswerFlow(links=links, billers=billers, quotes=quotes, channel_id=channel_id)
    for each in (runner, *others):
        each.register(payment)
        each.register(refund)
        each.register(late)
        each.on_late(late_answers.learnt)
    return Flows(
        runner=runner,
        payment=payment,
        refund=refund,
        late=late,
        late_answers=late_answers,
        subject=subject,
        originals=originals,
        persons=persons,
        quotes=quotes,
        consumers=consumers,
        drawer=drawer,
    )


def flows_of(ground: Foundation, book: ApprovalBook) -> tuple[Flows, Runner]:
    """A desk's flows with the runner of its rooms, and the sweeper's: recovery goes on with what a desk that stops
    leaves behind."""
    waits = ground.settings.flows
    pace = Pace(waits.lease_margin_s, waits.unsent_tries, waits.unsent_pause_s, waits.inline_pause_s, waits.backoff_s)
    runner, sweeper = (Runner(ground.store, ground.vault, ground.clock, pace) for _ in range(2))
    flows = registered(
        runner,
        sweeper,
        core=ground.core,
        links=ground.links,
        billers=ground.catalogue,
        vault=ground.vault,
        book=book,
        channel_id=ground.settings.bank.channel_id,
        limits=Limits(waits.inline_window_s, waits.inquiries, waits.reversal_tries),
    )
    return flows, sweeper
