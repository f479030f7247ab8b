"""The teller's terminal: one app, one desk behind it, one person at a time in front of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual import events
from textual.binding import Binding
from textual.message import Message
from textual.screen import Screen

from screens.actions import ACTIONS, GO_KEYS, bindings
from screens.base import DeskScreen
from screens.desk_lock import DeskLock
from screens.errands import DeskOpened, Errand, ErrandAsking, ErrandEnded, Errands, Watch
from screens.frame_looks import FrameLooks
from screens.guarded_app import GuardedApp
from screens.key_order import KeyOrder
from screens.opening import KeyPause, open_desk
from screens.saying import Speaker, says, says_error
from screens.sign_on import SignOnScreen
from tellerdesk.clock import Clock, SystemClock
from tellerdesk.config import Front
from tellerdesk.errors import TellerDeskError
from tellerdesk.i18n import LANGUAGES, Words, words
from tellerdesk.staff.states import MAY, Permission

if TYPE_CHECKING:
    from screens.desk_port import DeskPort
    from screens.transactions import Transaction
    from tellerdesk.bills.views import BillerView
    from tellerdesk.links.lights import Light
    from tellerdesk.staff.views import SignedOn
    from tellerdesk.till.views import TillView

T = TypeVar("T")

MEANT_S = 0.4
"""Two go-on keys closer together than this are a bounce or a held key, not two decisions."""

LIGHTS_EVERY_S = 3.0

NEW_PASSWORD = "screens.new_password:NewPassword"  # noqa: S105 (a screen)


class TellerApp(GuardedApp):
    """What the door starts. `opener` opens the desk; it is called once, in the background, after the first frame."""

    CSS_PATH: ClassVar = [Path(__file__).with_name(name) for name in ("app.tcss", "sign_on.tcss")]
    """The first screen is never pushed, so its style comes with the app."""
    BINDINGS: ClassVar[list[Any]] = [
        *bindings("help", "go_to", "approvals", "language", "lock"),
        Binding(ACTIONS["quit"].keys[0], "quit", show=False, priority=True),
    ]

    def __init__(
        self,
        front: Front,
        opener: Callable[[], DeskPort],
        *,
        warm: Sequence[str] = (),
        clock: Clock | None = None,
    ) -> None:
        super().__init__()
        self.front = front
        self.clock: Clock = clock or SystemClock()
        self.words: Words = words(front.language)
        self.desk: DeskPort | None = None
        self.desk_error: TellerDeskError | None = None
        self.who: SignedOn | None = None
        self.till: TillView | None = None
        self.till_known = False
        self.lights: tuple[Light, ...] = ()
        self.accounting_date: date | None = None
        self.approvals_waiting = 0
        """How many requests the person here may decide now."""
        self.billers: tuple[BillerView, ...] = ()
        self.last_biller = ""
        self.opening: Thread | None = None
        self._opener = opener
        self._warm = tuple(warm)
        self._pause = KeyPause()
        self.key_order = KeyOrder(self, self._take_key)
        self.errands = Errands(self._post)
        self.desk_lock = DeskLock(self)
        self.frame_looks = FrameLooks(self)
        self._unclaimed: list[object] = []
        self._last_key_s = self.clock.monotonic()
        self._last_go_s = float("-inf")
        self._meant = True

    # -- the life of the app

    def get_default_screen(self) -> Screen[Any]:
        return SignOnScreen()

    def on_ready(self) -> None:
        if self.opening is None:
            self.opening = open_desk(self._opener, self._warm, self._pause, self._tell_opened)
        self.set_interval(1.0, self._lock_when_idle)
        self.set_interval(LIGHTS_EVERY_S, self.look_at_lights)

    def _tell_opened(self, desk: DeskPort | None, error: TellerDeskError | None) -> None:
        self.desk, self.desk_error = desk, error
        self._post(DeskOpened(error))

    def on_desk_opened(self, event: DeskOpened) -> None:
        sign_on = self.screen_stack[0]
        if isinstance(sign_on, SignOnScreen):
            sign_on.desk_opened(event.error)
        self.look_at_lights()

    def _post(self, message: Message) -> None:
        """From any thread. An app that has gone has no one to tell; the journal has it."""
        try:
            self.post_message(message)
        except RuntimeError:
            return

    # -- calls to the desk

    def look(
        self,
        owner: Screen[Any],
        call: Callable[[DeskPort], T],
        done: Callable[[T], None],
        failed: Callable[[TellerDeskError], None],
    ) -> None:
        """A call that only looks, on the app's own threads. Its answer is dropped when its owner has gone."""
        if self.desk is not None:
            self.errands.look(self.desk, Errand(owner, done, failed, flow=False), call)

    def ask(
        self,
        owner: Screen[Any],
        call: Callable[[DeskPort, Watch], T],
        done: Callable[[T], None],
        failed: Callable[[TellerDeskError], None],
        asking: Watch | None = None,
    ) -> None:
        """A call that may write or move money, on the desk's flow threads. Its outcome is shown in any case."""
        if self.desk is not None:
            self.errands.ask(self.desk, Errand(owner, done, failed, flow=True, asking=asking), call)

    def on_errand_asking(self, event: ErrandAsking) -> None:
        errand = event.errand
        here = self._running and errand.owner in self.screen_stack and errand.owner.is_mounted
        if here and errand.asking is not None and self.errands.running(errand):
            errand.asking(event.asking)

    def on_errand_ended(self, event: ErrandEnded) -> None:
        errand = event.errand
        if not self._running:
            return  # it stays among the errands, and the plain terminal tells its outcome
        if errand.owner in self.screen_stack and not errand.owner.is_mounted:
            self.set_timer(0.01, lambda: self.on_errand_ended(event))
            return
        self.errands.ended(errand)
        outcome = errand.outcome()
        if errand.owner in self.screen_stack:
            if isinstance(outcome, TellerDeskError):
                errand.failed(outcome)
            else:
                errand.done(outcome)
        elif errand.flow:
            self._unclaimed.append(outcome)
            self._show_unclaimed()

    @property
    def flow_running(self) -> bool:
        return bool(self.errands.flows())

    def _show_unclaimed(self) -> None:
        """Outcomes whose screen has gone. They wait behind a lock."""
        if self.locked or self.who is None:
            return
        from screens.basket_form import BasketForm
        from screens.bill_basket import BillBasket
        from screens.payment_story import PaymentStory
        from screens.transactions import REFUNDS, made
        from tellerdesk.bills.basket_views import BasketView
        from tellerdesk.bills.views import PaymentView
        from tellerdesk.refunds.views import RefundView

        for outcome in self._unclaimed:
            if isinstance(outcome, PaymentView):
                self.push_screen(PaymentStory(outcome, fresh=True))
            elif isinstance(outcome, RefundView):
                self.push_screen(made(REFUNDS, serial=outcome.serial))
            elif isinstance(outcome, BasketView) and outcome.handed_fen is None:
                self.push_screen(BillBasket(BasketForm(), lambda _over: None, outcome))
            elif isinstance(outcome, TellerDeskError):
                self.note(says_error(outcome), "error")
        self._unclaimed.clear()

    # -- what the frame shows

    def look_at_lights(self) -> None:
        self.frame_looks.look()

    def till_seen(self, till: TillView | None) -> None:
        self.till, self.till_known = till, True
        self.refresh_frame()

    def refresh_frame(self) -> None:
        from screens.frame import TopLine

        for screen in self.screen_stack:
            for line in screen.query(TopLine):
                line.refresh()

    def note(self, say: Any, level: str = "quiet") -> None:
        """A sentence on the uppermost screen that has a note line."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, DeskScreen):
                screen.note(say, level)
                return

    # -- who is here

    def signed_on(self, who: SignedOn) -> None:
        from screens.home import Home

        self.who, self.till, self.till_known = who, None, False
        self.billers, self.last_biller = (), ""
        self.approvals_waiting = 0
        self._last_key_s = self.clock.monotonic()
        if who.must_change:
            from screens.transactions import made

            self.push_screen(made(NEW_PASSWORD, must=True))
        else:
            self.push_screen(Home(who))
            self.frame_looks.look_at_approvals()

    def password_changed(self, who: SignedOn) -> None:
        """The password somebody else had given is changed: the work begins."""

        def begin() -> None:
            self._pop_down_to(SignOnScreen)
            self.signed_on(who)

        self.desk_lock.when_open(begin)

    def session_over(self, error: TellerDeskError) -> None:
        """From the lock to the sign-on form, which says why: nobody can open this session any more."""
        self.signed_off()
        self.note(says_error(error), "error")

    def signed_off(self) -> None:
        """Back to the empty sign-on form."""
        self.who, self.till, self.till_known = None, None, False
        self.approvals_waiting = 0
        self.desk_lock.forget()
        self._pop_down_to(SignOnScreen)
        sign_on = self.screen_stack[0]
        if isinstance(sign_on, SignOnScreen):
            sign_on.start_over()

    def _pop_down_to(self, kind: type[Screen[Any]]) -> None:
        while len(self.screen_stack) > 1 and not isinstance(self.screen, kind):
            self.pop_screen()

    def go_home(self) -> None:
        from screens.home import Home

        if any(isinstance(screen, Home) for screen in self.screen_stack):
            self._pop_down_to(Home)

    def start(self, transaction: Transaction) -> None:
        """Opens a transaction from the home screen."""
        if transaction.action:
            self.call_later(self.run_action, transaction.action)
        else:
            self.push_screen(transaction.make())

    # -- keys that work everywhere

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key | events.Paste | events.MouseDown) and not event.is_forwarded:
            self._pause.key()
            self._last_key_s = self.clock.monotonic()
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            await self.key_order.arrived(event, self.clock.monotonic())
        else:
            await super().on_event(event)

    async def _take_key(self, event: events.Key | events.Paste, at_s: float) -> None:
        if isinstance(event, events.Key):
            if event.key in GO_KEYS:
                self._meant = at_s - self._last_go_s >= MEANT_S
                self._last_go_s = at_s
            if self.too_small and event.key not in _KEYS_WHEN_TOO_SMALL:
                return
        await super().on_event(event)

    @property
    def meant(self) -> bool:
        """False while the last go-on key came so soon after another that it can be a bounce or a held key."""
        return self._meant

    @property
    def too_small(self) -> bool:
        """True where the screen in front is covered by the sentence that asks for a larger window."""
        return isinstance(self.screen, DeskScreen) and self.screen.too_small

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        if action in {"go_to", "lock"}:
            return self.who is not None and not self.locked
        if action == "approvals":
            who = self.who
            may = who is not None and not who.must_change and Permission.SEE_APPROVALS in MAY[who.role]
            return may and not self.locked
        return not (action == "help" and self.locked)

    def action_help(self) -> None:
        from screens.help import HelpScreen

        if isinstance(self.screen, DeskScreen):
            self.push_screen(HelpScreen(self.screen))

    def action_go_to(self) -> None:
        screen = self.screen
        if not (isinstance(screen, DeskScreen) and screen.refuse_while_busy()):
            self.go_home()

    def action_approvals(self) -> None:
        """7001 over whatever is in front; it goes back there."""
        from screens.approvals_waiting import ApprovalsWaiting

        screen = self.screen
        if any(isinstance(each, ApprovalsWaiting) for each in self.screen_stack):
            self.bell()
        elif not (isinstance(screen, DeskScreen) and screen.refuse_while_busy()):
            self.push_screen(ApprovalsWaiting())

    def action_language(self) -> None:
        """The other language, on every screen at once; what was typed stays."""
        at = LANGUAGES.index(self.words.language)
        self.words = words(LANGUAGES[(at + 1) % len(LANGUAGES)])
        for screen in self.screen_stack:
            for node in screen.walk_children(with_self=True):
                if isinstance(node, Speaker):
                    node.speak()

    def action_lock(self) -> None:
        self.desk_lock.close()

    @property
    def locked(self) -> bool:
        return self.desk_lock.closed

    def unlocked(self) -> None:
        """The password was right: the work shows again, with what came of it meanwhile."""
        self._last_key_s = self.clock.monotonic()
        self.desk_lock.open()
        self.refresh_frame()
        self._show_unclaimed()

    def _lock_when_idle(self) -> None:
        if self.clock.monotonic() - self._last_key_s >= self.front.idle_lock_s:
            self.action_lock()

    # -- leaving

    async def action_quit(self) -> None:
        """Signs off after asking; on the sign-on screen ends the program. Refused while a counterpart is asked."""
        if self.flow_running:
            self.note(says("busy.stay"), "warn")
            self.bell()
        elif self.who is None:
            self.exit(0)
        elif self.locked:
            self.note(says("lock.no_leaving"), "warn")
        else:
            self.ask_to_sign_off()

    def ask_to_sign_off(self) -> None:
        """Nobody leaves by one key."""
        from screens.signing_off import SigningOff

        SigningOff(self).ask()

    def leave_now(self) -> None:
        """Ends the screens at once, whatever runs: the flows are waited for on the plain terminal."""
        self.exit(0)


_KEYS_WHEN_TOO_SMALL = frozenset(key for name in ("language", "lock", "quit") for key in ACTIONS[name].keys)
