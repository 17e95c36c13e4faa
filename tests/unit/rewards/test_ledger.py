"""The books of points: whatever is asked, in whatever order, they balance."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from huiliu.kernel.times import DAY
from huiliu.rewards.ledger import Booked, OrderSums, Terms, Wallet, book, settle
from huiliu.rewards.points import NOTHING, Account, Kind, Operation, entry_id, read_points

PEOPLE = (1, 2, 3)
ORDERS = ("a", "b")
AMOUNTS = st.integers(1, 4_000).map(lambda cents: Decimal(cents).scaleb(-2))
#: (kind, person, other, amount, order, days until it matures, days until it ends, days that pass)
STEPS = st.lists(
    st.tuples(
        st.sampled_from([
            Kind.EARN, Kind.EARN, Kind.EARN, Kind.BURN, Kind.BURN, Kind.GIVE_BACK, Kind.CLAW_BACK,
            Kind.TRANSFER, Kind.ADJUST, Kind.FOLD, Kind.UNFOLD,
        ]),
        st.sampled_from(PEOPLE), st.sampled_from(PEOPLE), AMOUNTS, st.sampled_from(ORDERS),
        st.sampled_from([0, 0, 3]), st.sampled_from([0, 5, 9]), st.integers(0, 2),
    ),
    max_size=40,
)  # fmt: skip


@dataclass
class Books:
    """Everything that was booked, and the programme's accounts."""

    terms: Terms
    wallets: dict[int, Wallet] = field(default_factory=lambda: {n: Wallet(n) for n in PEOPLE})
    sums: dict[tuple[int, str], OrderSums] = field(default_factory=dict)
    accounts: dict[tuple[Account, int], Decimal] = field(default_factory=dict)
    now: int = 0
    n: int = 0

    def note(self, done: Booked) -> Booked:
        """Add an entry's legs up; they come to nothing."""
        assert sum((leg.amount for leg in done.legs), NOTHING) == 0
        assert not (done.refused and done.legs)
        for leg in done.legs:
            key = (leg.account, leg.profile_id)
            self.accounts[key] = self.accounts.get(key, NOTHING) + leg.amount
        return done

    def do(self, asked: Operation) -> Booked:
        """Let what is due happen, then book one operation."""
        for person in sorted({asked.profile_id, asked.other} - {0}):
            for _, _, done in settle(self.wallets[person], self.now):
                self.note(done)
        self.sums.setdefault((asked.profile_id, asked.order_id), OrderSums())
        self.n += 1
        entry = entry_id(1, str(self.n))
        done = book(asked, entry, self.wallets, self.sums, self.terms, self.now)
        return self.note(done)

    def check(self) -> None:
        """Fail unless wallets, lots and accounts say the same, and nothing is below zero."""
        for wallet in self.wallets.values():
            open_lots = [lot for lot in wallet.lots if lot.open]
            assert all(0 <= lot.open <= lot.amount for lot in wallet.lots)
            available = sum((lot.open for lot in open_lots if not lot.is_pending), NOTHING)
            pending = sum((lot.open for lot in open_lots if lot.is_pending), NOTHING)
            of = self.accounts.get
            assert wallet.available == available == of((Account.AVAILABLE, wallet.profile_id), 0)
            assert wallet.pending == pending == of((Account.PENDING, wallet.profile_id), 0)
            assert -wallet.debt == of((Account.DEBT, wallet.profile_id), 0)
            assert min(wallet.available, wallet.pending, wallet.debt) >= 0
            assert not (wallet.debt and wallet.available), "who has points owes none"


def _earn(amount: str, order: str = "", matures: int = 0, ends: int = 0) -> Operation:
    """Return an operation that earns."""
    return Operation(
        "", Kind.EARN, 1, Decimal(amount), "app", order_id=order, matures_at=matures,
        expires_at=ends,
    )  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(STEPS, st.booleans())
def test_books_balance_after_every_operation(steps, has_debt):
    """Debits are credits, lots are wallets, nothing is negative, whatever is asked."""
    books = Books(Terms(has_debt=has_debt))
    for kind, person, other, amount, order, matures, ends, days in steps:
        books.now += days * DAY
        if kind in {Kind.TRANSFER, Kind.FOLD, Kind.UNFOLD} and person == other:
            continue
        sign = -1 if kind is Kind.ADJUST and amount > 20 else 1
        has_other = kind in {Kind.TRANSFER, Kind.FOLD, Kind.UNFOLD}
        books.do(Operation(
            "", kind, person, amount * sign, "app", order_id=order, other=other if has_other else 0,
            matures_at=books.now + matures * DAY if matures else 0,
            expires_at=books.now + ends * DAY if ends else 0,
        ))  # fmt: skip
        books.check()


def test_points_that_end_first_are_spent_first():
    """Lots go in the order in which they end, not in which they came."""
    books = Books(Terms())
    books.do(_earn("5", ends=9 * DAY))
    books.do(_earn("5", ends=3 * DAY))
    books.do(_earn("5"))
    books.do(Operation("", Kind.BURN, 1, Decimal("6")))
    left = {lot.expires_at: lot.open for lot in books.wallets[1].lots if lot.open}
    assert left == {9 * DAY: Decimal("4"), 0: Decimal("5")}


def test_points_are_taken_back_even_when_they_are_spent():
    """A refund after spending leaves a debt, which the next points pay."""
    books = Books(Terms(has_debt=True))
    books.do(_earn("100", "o1"))
    books.do(Operation("", Kind.BURN, 1, Decimal("80"), order_id="o2"))
    done = books.do(Operation("", Kind.CLAW_BACK, 1, Decimal("100"), order_id="o1"))
    assert (done.amount, books.wallets[1].debt) == (Decimal("100"), Decimal("80"))
    books.do(_earn("100", "o3"))
    assert books.wallets[1].available == Decimal("20")
    books.check()


def test_without_debt_only_what_is_there_is_taken_back():
    """A programme that forgives takes what it finds and asks no second time."""
    books = Books(Terms(has_debt=False))
    books.do(_earn("100", "o1"))
    books.do(Operation("", Kind.BURN, 1, Decimal("80"), order_id="o2"))
    done = books.do(Operation("", Kind.CLAW_BACK, 1, Decimal("100"), order_id="o1"))
    assert (done.amount, books.wallets[1].debt) == (Decimal("20"), NOTHING)
    again = books.do(Operation("", Kind.CLAW_BACK, 1, Decimal("1"), order_id="o1"))
    assert again.refused == "more_than_earned"


def test_pending_points_are_no_money_until_they_mature():
    """Nobody spends before the return period ends."""
    books = Books(Terms())
    books.do(_earn("10", "o1", matures=7 * DAY))
    assert books.do(Operation("", Kind.BURN, 1, Decimal("1"))).refused == "not_enough"
    books.now = 7 * DAY
    assert books.do(Operation("", Kind.BURN, 1, Decimal("10"))).refused == ""
    books.check()


def test_an_order_that_was_undone_earns_nothing_any_more():
    """A payment that is heard of after its refund gives no points."""
    books = Books(Terms())
    undone = Operation("", Kind.CLAW_BACK, 1, order_id="o1", share=Decimal(1))
    assert books.do(undone).refused == ""
    assert books.do(_earn("10", "o1")).refused == "order_undone"


def test_a_share_is_of_what_was_earned_and_never_more_than_is_left():
    """Two refunds of two thirds take everything back, and no more."""
    books = Books(Terms())
    books.do(_earn("10", "o1"))
    share = Operation("", Kind.CLAW_BACK, 1, order_id="o1", share=Decimal(2) / 3)
    assert [books.do(share).amount for _ in range(2)] == [Decimal("6.67"), Decimal("3.33")]


def test_what_was_spent_comes_back_with_some_days_to_spend_it():
    """A refund of spent points neither renews them for long nor lets them end at once."""
    books = Books(Terms())
    books.do(_earn("10", ends=4 * DAY))
    books.do(Operation("", Kind.BURN, 1, Decimal("10"), order_id="o2"))
    books.now = 10 * DAY
    assert books.do(Operation("", Kind.GIVE_BACK, 1, Decimal("11"), order_id="o2")).refused == (
        "more_than_burned"
    )
    books.do(Operation("", Kind.GIVE_BACK, 1, Decimal("10"), order_id="o2"))
    [lot] = [lot for lot in books.wallets[1].lots if lot.open]
    assert lot.expires_at == 40 * DAY


def test_amounts_are_exact_or_none():
    """What has more than two digits, or is no number, is refused rather than rounded."""
    assert read_points(0.1) == Decimal("0.10")
    assert read_points("1.50") == Decimal("1.50")
    wrong: list[object] = [True, "1.005", 1e300, float("nan"), None, "x", {}, "1e10"]
    wrong += ["1e1000000", "-1e1000000", 10**5000, "sNaN", "1_0", "１２", ""]
    assert [read_points(one) for one in wrong] == [None] * len(wrong)
