"""The virtual brand's life: visits become orders, orders go their way, messages change it.

Every chance is drawn from (seed, what, who), never from a running generator: what one person does
does not hang on what another did before, and a message's effect is its effect alone.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from math import exp
from typing import Final

from huiliu.kernel.buckets import share
from huiliu.kernel.times import DAY, MINUTE, SECOND, show_instant
from huiliu.simulator import calls
from huiliu.simulator.happenings import Click, Happened, Heard, OneClick, Reply
from huiliu.simulator.model import MODEL, PLACES, PRODUCTS, Model, Place, Product
from huiliu.simulator.order import Order
from huiliu.simulator.people import Person, draw_people, draw_visits

__all__ = ["Order", "VirtualBrand"]

#: A marketing message tires for so long.
_TIRED_FOR: Final = 30 * DAY
_LINK: Final = re.compile(r"shop\.example/(\w+)/([\w-]+)")


class VirtualBrand:
    """A world that is moved on with `step` and told with `hear`; the same seed, the same life."""

    def __init__(
        self, people: int, days: int, seed: int, starts_at: int, model: Model = MODEL
    ) -> None:
        """Draw the people and the visits they make by themselves."""
        self.starts_at = starts_at
        self.ends_at = starts_at + days * DAY
        #: Orders and other things that happened because of a message, by its link's word.
        self.conversions: Counter[str] = Counter()
        self.orders: dict[str, Order] = {}
        #: (Day since the first one, place) -> whole fen that advertisements cost.
        self.spend: Counter[tuple[int, str]] = Counter()
        self._seed = seed
        self._model = model
        self._people = draw_people(people, days, starts_at, seed, model)
        self._address = {p.phone: p for p in self._people if p.phone}
        self._address.update((p.email, p) for p in self._people if p.email)
        self._n = 0
        self._happened = Happened()
        self._later: list[tuple[int, Mapping[str, object]]] = []
        self._queue: list[tuple[int, int, str, object, str]] = []
        for at, number in draw_visits(self._people, starts_at, self.ends_at, seed, model):
            self._n += 1
            self._queue.append((at, self._n, "visit", self._people[number], ""))
        heapify(self._queue)
        self._n_calls = 0
        self._acts: Mapping[str, Callable[[int, object, str], None]] = {
            "visit": self._visit, "pay": self._pay, "close": self._close, "ship": self._ship,
            "give_up": self._give_up, "regret": self._regret, "deliver": self._deliver,
            "review": self._review, "return": self._return, "dispute": self._dispute,
            "answer": self._answer, "click": self._click,
        }  # fmt: skip

    def step(self, until: int) -> Happened:
        """Return all that happens before an instant and has not been returned yet."""
        until = min(until, self.ends_at)
        self._happened = Happened()
        while self._queue and self._queue[0][0] < until:
            at, _, act, subject, why = heappop(self._queue)
            self._acts[act](at, subject, why)
        made = sorted([*self._later, *self._happened.calls], key=_instant_of)
        cut = bisect_left(made, until, key=_instant_of)
        # A visit that begins before the instant may go on after it.
        self._later = made[cut:]
        return Happened(made[:cut], self._happened.answers)

    def next_at(self) -> int:
        """Return when something happens next; the end of the world where nothing does."""
        return min(self._queue[0][0], self.ends_at) if self._queue else self.ends_at

    def hear(self, heard: Sequence[Heard]) -> None:
        """Let messages reach people; what they do about it happens in later steps."""
        for message in sorted(heard, key=_reading_order):
            person = self._address.get(message.address)
            link = _LINK.search(message.text)
            if person is None or link is None:
                continue
            word, what = link.groups()
            if word in {"review", "back", "gift"}:
                self._tire(person, message)
            if word in {"back", "gift"}:
                self._call_back(person, f"{word}/{what}", message)
            elif what in self.orders:
                self._read(self.orders[what], word, message)

    # What a message does ---------------------------------------------------------------------

    def _read(self, order: Order, word: str, message: Heard) -> None:
        """Take in a message about an order."""
        model, unit, at = self._model, order.order_id, message.at
        forgot = order.status == "created" and order.forgets
        may_review = order.status == "delivered" and not order.is_reviewed
        if word == "sorry":
            order.is_comforted = True
        elif word == "pay" and forgot and self._chance("reminded", unit) < model.pays_reminded:
            self._follow(message, self._plan("pay", at, model.reminded_span, order, "pay"))
        elif (
            word == "review"
            and may_review
            and self._chance("reviews invited", unit) < model.reviews_invited
        ):
            after = self._plan("review", at, model.review_invited_span, order, "review")
            self._follow(message, after)
        elif self._chance("curious", f"{unit}/{word}") < model.curious:
            self._follow(message, at + model.pay_span[1])

    def _call_back(self, person: Person, what: str, message: Heard) -> None:
        """Take in a message that asks somebody to come again."""
        unit = f"{person.number}/{what}/{person.n_marketed}"
        gift = self._model.gift_responds if what.startswith("gift/") else 1.0
        responds = gift * exp(-self._model.tiring * (len(person.marketed_at) - 1))
        if message.channel == "email":
            responds *= self._model.email_responds
        if self._chance("comes back", unit) < self._model.comes_back * responds:
            after = self._plan("visit", message.at, self._model.come_back_span, person, "back")
            self._follow(message, after)
        elif self._chance("curious", unit) < self._model.curious:
            self._follow(message, message.at + self._model.pay_span[1])

    def _follow(self, message: Heard, at: int) -> None:
        """Follow a message's link, a minute before what comes of it."""
        if message.link:
            self._n += 1
            heappush(self._queue, (at - MINUTE, self._n, "click", message.link, ""))

    def _click(self, at: int, subject: object, why: str) -> None:
        """Open a link."""
        del why
        self._happened.answers.append(Click(at, str(subject)))

    def _tire(self, person: Person, message: Heard) -> None:
        """Count a marketing message; some people then have had enough."""
        person.n_marketed += 1
        late = [at for at in person.marketed_at if at > message.at - _TIRED_FOR]
        person.marketed_at = [*late, message.at]
        unit = f"{person.number}/{person.n_marketed}"
        if self._chance("leaves", unit) >= self._model.leaves * (
            1 + self._model.tiring * len(late)
        ):
            return
        if message.channel == "sms":
            self._plan("answer", message.at, self._model.answer_span, person.phone, "sms")
        elif message.unsubscribe_url:
            self._plan(
                "answer", message.at, self._model.answer_span, message.unsubscribe_url, "email"
            )

    # What people and the shop do -------------------------------------------------------------

    def _visit(self, at: int, subject: object, why: str) -> None:
        """Look at products, perhaps sign in, perhaps order."""
        assert isinstance(subject, Person)
        person, model = subject, self._model
        person.n_visits += 1
        unit = f"{person.number}/{person.n_visits}"
        device = int(person.has_two_devices and self._chance("device", unit) < model.second_device)
        visit = self._comes(person, device, at, why)
        self._perhaps_sign_in(visit, at, unit)
        seen = self._look(visit, at, unit)
        buys = person.buys * visit.place.buys * (model.buys_back if why else 1.0)
        if self._chance("buys", unit) < buys:
            ordered_at = at + len(seen) * MINUTE
            if device not in person.devices:
                self._sign_in(visit, ordered_at)
            self._call(ordered_at, calls.add_to_cart(visit, ordered_at, seen[-1]))
            self._order(visit, ordered_at + MINUTE, seen[-2:], why)
        elif self._chance("cart", unit) < person.buys:
            self._call(at + MINUTE, calls.add_to_cart(visit, at + MINUTE, seen[-1]))

    def _comes(self, person: Person, device: int, at: int, why: str) -> calls.Visit:
        """Return where somebody comes, and whether an advertisement brought them."""
        unit = f"{person.number}/{person.n_visits}"
        home = _place(self._chance("home", str(person.number)))
        is_home = self._chance("at home", unit) < self._model.at_home
        place = home if is_home else _place(self._chance("place", unit))
        # Whoever comes because of a message was brought by no advertisement.
        is_paid = not why and self._chance("paid", unit) < place.paid
        if is_paid:
            self.spend[(at - self.starts_at) // DAY, place.channel] += place.fee
        return calls.Visit(person, device, place, is_paid)

    def _perhaps_sign_in(self, visit: calls.Visit, at: int, unit: str) -> None:
        """Sign in on a device that does not know the person, or not."""
        person = visit.person
        if visit.device in person.devices:
            return
        wish = self._model.signs_in if person.is_registered else self._model.registers
        if self._chance("signs in", unit) < wish:
            self._sign_in(visit, at)

    def _sign_in(self, visit: calls.Visit, at: int) -> None:
        """Tell the shop who it is, and the first time what it may send."""
        person = visit.person
        person.devices.add(visit.device)
        self._call(at, calls.identify(visit, at))
        if not person.is_registered:
            person.is_registered = True
            if person.allows_sms:
                self._call(at, calls.consent(visit, at, "sms"))
            if person.allows_email:
                self._call(at, calls.consent(visit, at, "email"))

    def _look(self, visit: calls.Visit, at: int, unit: str) -> list[Product]:
        """Look at one product or more."""
        seen: list[Product] = []
        while not seen or (len(seen) < 5 and self._more(unit, len(seen))):
            pick = int(self._chance("product", f"{unit}/{len(seen)}") * len(PRODUCTS))
            seen.append(PRODUCTS[pick])
            viewed_at = at + (len(seen) - 1) * 40 * SECOND
            self._call(viewed_at, calls.view(visit, viewed_at, PRODUCTS[pick]))
        return seen

    def _more(self, unit: str, n_seen: int) -> bool:
        """Say whether one more product is looked at."""
        return self._chance("another view", f"{unit}/{n_seen}") < self._model.another_view

    def _order(self, visit: calls.Visit, at: int, products: Sequence[Product], why: str) -> None:
        """Place an order, and draw whether and when it will be paid."""
        model, person = self._model, visit.person
        person.n_orders += 1
        order_id = f"{person.number:07d}-{person.n_orders}"
        total = sum(product.price for product in products) / 100
        order = self.orders[order_id] = Order(order_id, person, products, total)
        if why:
            self.conversions[why] += 1
        self._tell(order, at, "Order Created", {
            "total": total, "currency": "CNY", "channel": visit.place.channel,
            "products": calls.product_lines(products), "items": len(products),
            "promised_at": show_instant(at + model.promise),
        })  # fmt: skip
        drawn = self._chance("pays", order_id)
        if drawn < model.pays_at_once:
            self._plan("pay", at, model.pay_span, order)
        elif drawn < model.pays_at_once + model.forgets:
            order.forgets = True
            if self._chance("remembers", order_id) < model.remembers_alone:
                self._plan("pay", at, model.remember_span, order)
        self._plan("close", at, (model.unpaid_closes, model.unpaid_closes), order)

    def _pay(self, at: int, subject: object, why: str) -> None:
        """Pay an order that is still open, and draw how it is shipped."""
        order = _order_of(subject)
        if order.status != "created":
            return
        order.status = "paid"
        model, unit = self._model, order.order_id
        if why:
            self.conversions[why] += 1
        self._tell(order, at, "Order Paid", {"total": order.total, "currency": "CNY"})
        is_late = self._chance("late", unit) < model.ships_late
        self._plan("ship", at, model.ship_late_span if is_late else model.ship_span, order)
        if self._chance("regrets", unit) < model.regrets:
            self._plan("regret", at, model.regret_span, order)
        self._plan("give_up", at, (model.give_up_after, model.give_up_after), order)

    def _close(self, at: int, subject: object, why: str) -> None:
        """Cancel an order that nobody paid."""
        del why
        order = _order_of(subject)
        if order.status == "created":
            self._end(order, at, "Order Cancelled", "unpaid")

    def _regret(self, at: int, subject: object, why: str) -> None:
        """Cancel a paid order that has not left yet."""
        del why
        order = _order_of(subject)
        if order.status == "paid":
            self._end(order, at, "Order Cancelled", "changed mind")

    def _give_up(self, at: int, subject: object, why: str) -> None:
        """Cancel an order that does not ship; an apology keeps some."""
        del why
        order, model = _order_of(subject), self._model
        wish = model.gives_up_comforted if order.is_comforted else model.gives_up
        if order.status == "paid" and self._chance("gives up", order.order_id) < wish:
            self._end(order, at, "Order Cancelled", "too late")

    def _ship(self, at: int, subject: object, why: str) -> None:
        """Hand a paid order to the carrier."""
        del why
        order = _order_of(subject)
        if order.status == "paid":
            order.status = "shipped"
            tracking = f"SF{order.order_id.replace('-', '')}"
            self._tell(order, at, "Order Shipped", {"carrier": "SF", "tracking": tracking})
            self._plan("deliver", at, self._model.deliver_span, order)

    def _deliver(self, at: int, subject: object, why: str) -> None:
        """Sign for an order, and draw what comes after."""
        del why
        order, model = _order_of(subject), self._model
        order.status = "delivered"
        self._tell(order, at, "Order Delivered", {"total": order.total, "currency": "CNY"})
        for what, wish, act, span in (
            ("reviews", model.reviews, "review", model.review_span),
            ("returns", model.returns, "return", model.return_span),
            ("disputes", model.disputes, "dispute", model.dispute_span),
        ):
            if self._chance(what, order.order_id) < wish:
                self._plan(act, at, span, order)

    def _review(self, at: int, subject: object, why: str) -> None:
        """Say what one thinks of an order, once."""
        order = _order_of(subject)
        if order.is_reviewed:
            return
        order.is_reviewed = True
        if why:
            self.conversions[why] += 1
        score = 5 - int(self._chance("score", order.order_id) ** 3 * 5)
        self._tell(order, at, "Review Posted", {"score": score})

    def _return(self, at: int, subject: object, why: str) -> None:
        """Send an order back for its money."""
        del why
        self._end(_order_of(subject), at, "Order Refunded", "returned")

    def _dispute(self, at: int, subject: object, why: str) -> None:
        """Complain about an order."""
        del why
        self._tell(_order_of(subject), at, "Dispute Opened", {"reason": "damaged"})

    def _answer(self, at: int, subject: object, why: str) -> None:
        """Unsubscribe by the way that the message offered."""
        answer = Reply(at, str(subject), "TD") if why == "sms" else OneClick(at, str(subject))
        self._happened.answers.append(answer)

    # Small change ----------------------------------------------------------------------------

    def _chance(self, what: str, unit: str) -> float:
        """Return a draw in [0, 1) that hangs on the seed, the question and the unit alone."""
        return share(f"{self._seed}/{what}", unit)

    def _plan(
        self, act: str, at: int, span: tuple[int, int], subject: object, why: str = ""
    ) -> int:
        """Let something happen after a while within the span; return when."""
        shortest, longest = span
        unit = subject.order_id if isinstance(subject, Order) else f"{subject!s}/{at}"
        if isinstance(subject, Person):
            unit = f"{subject.number}/{subject.n_marketed}"
        after = shortest + int(self._chance(f"span {act}", unit) * (longest - shortest))
        self._n += 1
        heappush(self._queue, (at + after, self._n, act, subject, why))
        return at + after

    def _end(self, order: Order, at: int, event: str, reason: str) -> None:
        """End an order."""
        order.status = "cancelled" if event == "Order Cancelled" else "refunded"
        money = {"total": order.total, "currency": "CNY"}
        self._tell(order, at, event, {"reason": reason, **money})

    def _tell(self, order: Order, at: int, event: str, properties: Mapping[str, object]) -> None:
        """Make the server's call about an order."""
        self._call(at, calls.order_call(order.person, at, event, order.order_id, properties))

    def _call(self, at: int, call: Mapping[str, object]) -> None:
        """Make a call under its own messageId."""
        self._n_calls += 1
        message = {"messageId": f"sim-{self._seed}-{self._n_calls}", **call}
        self._happened.calls.append((at, message))


def _place(drawn: float) -> Place:
    """Return the place that a draw in [0, 1) falls on."""
    for place in PLACES:
        drawn -= place.share
        if drawn < 0:
            return place
    return PLACES[-1]


def _order_of(subject: object) -> Order:
    """Return the order that an act is about."""
    assert isinstance(subject, Order)
    return subject


def _instant_of(call: tuple[int, Mapping[str, object]]) -> int:
    """Return when a call was made."""
    return call[0]


def _reading_order(message: Heard) -> tuple[str, str, str]:
    """Return an order that does not hang on which socket was faster."""
    return message.address, message.channel, message.text
