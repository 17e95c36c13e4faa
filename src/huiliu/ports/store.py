"""The store: transactions over every noun's state."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from huiliu.ports.accounts import AccountStore
from huiliu.ports.ad_results import AdResultStore
from huiliu.ports.ads import AdStore
from huiliu.ports.assignments import AssignmentStore
from huiliu.ports.backtests import BacktestStore
from huiliu.ports.board import BoardStore
from huiliu.ports.calls import CallStore
from huiliu.ports.channel import ChannelStore
from huiliu.ports.codes import CodeStore
from huiliu.ports.console import ConsoleStore
from huiliu.ports.contacts import ContactStore
from huiliu.ports.content import ContentStore
from huiliu.ports.conversations import ConversationStore
from huiliu.ports.credits import CreditStore
from huiliu.ports.decisions import DecisionStore
from huiliu.ports.destinations import DestinationStore
from huiliu.ports.documents import DocumentStore
from huiliu.ports.drafts import DraftStore
from huiliu.ports.exchanges import ExchangeStore
from huiliu.ports.experiments import ExperimentStore
from huiliu.ports.feed import FeedStore
from huiliu.ports.filings import FilingStore
from huiliu.ports.forms import FormStore
from huiliu.ports.ground import GroundStore
from huiliu.ports.guard import GuardStore
from huiliu.ports.health import HealthStore
from huiliu.ports.inapp import InAppStore
from huiliu.ports.invites import InviteStore
from huiliu.ports.links import LinkStore
from huiliu.ports.log import LogStore
from huiliu.ports.mail import MailStore
from huiliu.ports.manifest import ManifestStore
from huiliu.ports.messages import MessageStore
from huiliu.ports.notices import NoticeStore
from huiliu.ports.occasions import OccasionStore
from huiliu.ports.payment import PaymentStore
from huiliu.ports.people import PeopleStore
from huiliu.ports.plan import PlanStore
from huiliu.ports.points import PointsStore
from huiliu.ports.points_board import PointsBoardStore
from huiliu.ports.policy import PolicyStore
from huiliu.ports.pos import PosStore
from huiliu.ports.posts import PostStore
from huiliu.ports.products import ProductStore
from huiliu.ports.publications import PublicationStore
from huiliu.ports.push import PushStore
from huiliu.ports.regions import RegionStore
from huiliu.ports.replay import ReplayStore
from huiliu.ports.report_schedules import ReportScheduleStore
from huiliu.ports.reward_views import RewardViews
from huiliu.ports.rewards import RewardStore
from huiliu.ports.rollouts import RolloutStore
from huiliu.ports.runs import RunStore
from huiliu.ports.segments import SegmentStore
from huiliu.ports.shares import ShareStore
from huiliu.ports.shop_store import ShopStore
from huiliu.ports.sources import ImportStore
from huiliu.ports.suppliers import SupplierStore
from huiliu.ports.tags import TagStore
from huiliu.ports.tasks import TaskStore
from huiliu.ports.tiers import TierStore
from huiliu.ports.tokens import TokenStore
from huiliu.ports.vault import VaultStore
from huiliu.ports.wecom_store import WecomStore
from huiliu.ports.white_papers import WhitePaperStore

__all__ = ["Store", "Tx"]


class Tx(Protocol):
    """One transaction: committed when its block ends, rolled back when the block raises."""

    @property
    def log(self) -> LogStore:
        """The event log."""
        ...

    @property
    def people(self) -> PeopleStore:
        """Profiles, identifiers and consents."""
        ...

    @property
    def vault(self) -> VaultStore:
        """Sealed personal values."""
        ...

    @property
    def documents(self) -> DocumentStore:
        """Segments, journeys and templates."""
        ...

    @property
    def assignments(self) -> AssignmentStore:
        """Arms of experiments and holdouts."""
        ...

    @property
    def decisions(self) -> DecisionStore:
        """What waits for the word of several departments."""
        ...

    @property
    def drafts(self) -> DraftStore:
        """Drafts of journeys, layouts and comments."""
        ...

    @property
    def runs(self) -> RunStore:
        """Journey runs and tokens."""
        ...

    @property
    def publications(self) -> PublicationStore:
        """What went live, and the people who are carried over."""
        ...

    @property
    def replay(self) -> ReplayStore:
        """The log by replay time."""
        ...

    @property
    def messages(self) -> MessageStore:
        """Outbox and attempts."""
        ...

    @property
    def channels(self) -> ChannelStore:
        """Accounts at providers."""
        ...

    @property
    def codes(self) -> CodeStore:
        """Codes to scan, bar codes, prices seen."""
        ...

    @property
    def mail(self) -> MailStore:
        """Sending domains, and who asked for patience."""
        ...

    @property
    def suppliers(self) -> SupplierStore:
        """How accounts may be used now."""
        ...

    @property
    def tokens(self) -> TokenStore:
        """Access tokens of providers."""
        ...

    @property
    def shops(self) -> ShopStore:
        """Connected shops."""
        ...

    @property
    def regions(self) -> RegionStore:
        """Disrupted regions."""
        ...

    @property
    def plan(self) -> PlanStore:
        """The tracking plan."""
        ...

    @property
    def content(self) -> ContentStore:
        """What rule packs found, and what somebody answers for."""
        ...

    @property
    def conversations(self) -> ConversationStore:
        """Conversations with people who wrote, and open disputes."""
        ...

    @property
    def filings(self) -> FilingStore:
        """SMS signatures and texts as carriers approved them."""
        ...

    @property
    def reward_views(self) -> RewardViews:
        """What people look up of coupons and promotions."""
        ...

    @property
    def rewards(self) -> RewardStore:
        """Coupons and promotions."""
        ...

    @property
    def guard(self) -> GuardStore:
        """The channel guard: incidents, and what is paused because of them."""
        ...

    @property
    def experiments(self) -> ExperimentStore:
        """How experiments stand."""
        ...

    @property
    def rollouts(self) -> RolloutStore:
        """How far roll-outs have come."""
        ...

    @property
    def points(self) -> PointsStore:
        """The ledger of points."""
        ...

    @property
    def policy(self) -> PolicyStore:
        """What messages are worth."""
        ...

    @property
    def accounts(self) -> AccountStore:
        """Keys, users and sessions."""
        ...

    @property
    def console(self) -> ConsoleStore:
        """Counts and lists for the console's pages."""
        ...

    @property
    def imports(self) -> ImportStore:
        """The imports' ledger."""
        ...

    @property
    def health(self) -> HealthStore:
        """How the instance fares."""
        ...

    @property
    def segments(self) -> SegmentStore:
        """Memberships and condition timers."""
        ...

    @property
    def backtests(self) -> BacktestStore:
        """Backtests that were asked for, and what they found."""
        ...

    @property
    def tags(self) -> TagStore:
        """The state of tags and the values that are carried."""
        ...

    @property
    def posts(self) -> PostStore:
        """Posts after delivery."""
        ...

    @property
    def products(self) -> ProductStore:
        """The catalogue."""
        ...

    @property
    def destinations(self) -> DestinationStore:
        """Where facts go besides."""
        ...

    @property
    def ads(self) -> AdStore:
        """Ad accounts, audiences, and what was shared."""
        ...

    @property
    def ad_results(self) -> AdResultStore:
        """Clicks on ads, conversions, controls and costs."""
        ...

    @property
    def manifest(self) -> ManifestStore:
        """The files of a warehouse on Spark."""
        ...

    @property
    def forms(self) -> FormStore:
        """Visits of forms."""
        ...

    @property
    def contacts(self) -> ContactStore:
        """Contact points: openids, push tokens, subscriptions."""
        ...

    @property
    def ground(self) -> GroundStore:
        """Codes, menus, articles and links of accounts at WeChat."""
        ...

    @property
    def wecom(self) -> WecomStore:
        """Greetings and jobs of WeCom."""
        ...

    @property
    def inapp(self) -> InAppStore:
        """Cards of in-app messages."""
        ...

    @property
    def credits(self) -> CreditStore:
        """Rights to send one message."""
        ...

    @property
    def push(self) -> PushStore:
        """What makers of phones still show, and figures of push tokens."""
        ...

    @property
    def links(self) -> LinkStore:
        """Short links."""
        ...

    @property
    def feed(self) -> FeedStore:
        """What the analyst reads in bulk."""
        ...

    @property
    def calls(self) -> CallStore:
        """Webhooks that journeys call."""
        ...

    @property
    def board(self) -> BoardStore:
        """Content that people make, what it brought, communities."""
        ...

    @property
    def shares(self) -> ShareStore:
        """Links that people share."""
        ...

    @property
    def invites(self) -> InviteStore:
        """Invites, and the friends who came by them."""
        ...

    @property
    def tasks(self) -> TaskStore:
        """What journeys ask of the staff."""
        ...

    @property
    def payments(self) -> PaymentStore:
        """Accounts at providers of payments, and what is to be paid."""
        ...

    @property
    def pos(self) -> PosStore:
        """Sales of tills and self-checkouts."""
        ...

    @property
    def exchanges(self) -> ExchangeStore:
        """What people took for their points."""
        ...

    @property
    def points_board(self) -> PointsBoardStore:
        """Sums over the ledger of points."""
        ...

    @property
    def tiers(self) -> TierStore:
        """Levels of members."""
        ...

    @property
    def occasions(self) -> OccasionStore:
        """Schedules, their audiences, and sweeps."""
        ...

    @property
    def notices(self) -> NoticeStore:
        """What the people of the house are told."""
        ...

    @property
    def report_schedules(self) -> ReportScheduleStore:
        """Reports by schedule."""
        ...

    @property
    def white_papers(self) -> WhitePaperStore:
        """White papers."""
        ...


class Store(Protocol):
    """State that survives everything."""

    def transaction(self, brand_id: int) -> AbstractContextManager[Tx]:
        """Open a transaction that can see and touch one brand only (row-level security)."""
        ...

    def system(self) -> AbstractContextManager[Tx]:
        """Open a transaction of the log writer, projector, analyst or dispatcher: every brand."""
        ...
