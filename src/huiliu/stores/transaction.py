"""One transaction on PostgreSQL, and the noun stores that share it."""

from __future__ import annotations

from functools import cached_property

from psycopg import Connection
from psycopg.rows import TupleRow

from huiliu.ports.clock import Clock
from huiliu.ports.vault import Secrets
from huiliu.stores.accounts import PostgresAccounts
from huiliu.stores.ad_results import PostgresAdResults
from huiliu.stores.ads import PostgresAds
from huiliu.stores.assignments import PostgresAssignments
from huiliu.stores.backtests import PostgresBacktests
from huiliu.stores.board import PostgresBoard
from huiliu.stores.calls import PostgresCalls
from huiliu.stores.channels import PostgresChannels
from huiliu.stores.codes import PostgresCodes
from huiliu.stores.console import PostgresConsole
from huiliu.stores.contacts import PostgresContacts
from huiliu.stores.content import PostgresContent
from huiliu.stores.conversations import PostgresConversations
from huiliu.stores.credits import PostgresCredits
from huiliu.stores.decisions import PostgresDecisions
from huiliu.stores.destinations import PostgresDestinations
from huiliu.stores.documents import PostgresDocuments
from huiliu.stores.drafts import PostgresDrafts
from huiliu.stores.exchanges import PostgresExchanges
from huiliu.stores.experiments import PostgresExperiments
from huiliu.stores.feed import PostgresFeed
from huiliu.stores.filings import PostgresFilings
from huiliu.stores.forms import PostgresForms
from huiliu.stores.ground import PostgresGround
from huiliu.stores.guard import PostgresGuard
from huiliu.stores.health import PostgresHealth
from huiliu.stores.imports import PostgresImports
from huiliu.stores.inapp import PostgresInApp
from huiliu.stores.invites import PostgresInvites
from huiliu.stores.links import PostgresLinks
from huiliu.stores.log import PostgresLog
from huiliu.stores.mail import PostgresMail
from huiliu.stores.manifest import PostgresManifest
from huiliu.stores.messages import PostgresMessages
from huiliu.stores.notices import PostgresNotices
from huiliu.stores.occasions import PostgresOccasions
from huiliu.stores.payments import PostgresPayments
from huiliu.stores.people import PostgresPeople
from huiliu.stores.plan import PostgresPlan
from huiliu.stores.points import PostgresPoints
from huiliu.stores.points_board import PostgresPointsBoard
from huiliu.stores.policy import PostgresPolicy
from huiliu.stores.pos import PostgresPos
from huiliu.stores.posts import PostgresPosts
from huiliu.stores.products import PostgresProducts
from huiliu.stores.publications import PostgresPublications
from huiliu.stores.push import PostgresPush
from huiliu.stores.regions import PostgresRegions
from huiliu.stores.replay import PostgresReplay
from huiliu.stores.report_schedules import PostgresReportSchedules
from huiliu.stores.reward_views import PostgresRewardViews
from huiliu.stores.rewards import PostgresRewards
from huiliu.stores.rollouts import PostgresRollouts
from huiliu.stores.runs import PostgresRuns
from huiliu.stores.segments import PostgresSegments
from huiliu.stores.shares import PostgresShares
from huiliu.stores.shops import PostgresShops
from huiliu.stores.suppliers import PostgresSuppliers
from huiliu.stores.tags import PostgresTags
from huiliu.stores.tasks import PostgresTasks
from huiliu.stores.tiers import PostgresTiers
from huiliu.stores.tokens import PostgresTokens
from huiliu.stores.vault import PostgresVault
from huiliu.stores.wecom import PostgresWecom
from huiliu.stores.white_papers import PostgresWhitePapers

__all__ = ["PostgresTx"]


class PostgresTx:
    """One transaction over every noun."""

    def __init__(self, connection: Connection[TupleRow], secrets: Secrets, clock: Clock) -> None:
        """Hold the open transaction's connection."""
        self.connection = connection
        self._secrets = secrets
        self._clock = clock

    @cached_property
    def log(self) -> PostgresLog:
        """The event log."""
        return PostgresLog(self.connection, self._clock)

    @cached_property
    def people(self) -> PostgresPeople:
        """Profiles, identifiers and consents."""
        return PostgresPeople(self.connection)

    @cached_property
    def vault(self) -> PostgresVault:
        """Sealed personal values."""
        return PostgresVault(self.connection, self._secrets)

    @cached_property
    def documents(self) -> PostgresDocuments:
        """Segments, journeys and templates."""
        return PostgresDocuments(self.connection)

    @cached_property
    def backtests(self) -> PostgresBacktests:
        """Backtests that were asked for, and what they found."""
        return PostgresBacktests(self.connection)

    @cached_property
    def assignments(self) -> PostgresAssignments:
        """Arms of experiments and holdouts."""
        return PostgresAssignments(self.connection)

    @cached_property
    def decisions(self) -> PostgresDecisions:
        """What waits for the word of several departments."""
        return PostgresDecisions(self.connection)

    @cached_property
    def drafts(self) -> PostgresDrafts:
        """Drafts of journeys, layouts and comments."""
        return PostgresDrafts(self.connection)

    @cached_property
    def runs(self) -> PostgresRuns:
        """Journey runs and tokens."""
        return PostgresRuns(self.connection)

    @cached_property
    def publications(self) -> PostgresPublications:
        """What went live, and the people who are carried over."""
        return PostgresPublications(self.connection)

    @cached_property
    def replay(self) -> PostgresReplay:
        """The log by replay time."""
        return PostgresReplay(self.connection)

    @cached_property
    def messages(self) -> PostgresMessages:
        """Outbox and attempts."""
        return PostgresMessages(self.connection)

    @cached_property
    def channels(self) -> PostgresChannels:
        """Accounts at providers."""
        return PostgresChannels(self.connection, self._secrets)

    @cached_property
    def codes(self) -> PostgresCodes:
        """Codes to scan, bar codes, prices seen."""
        return PostgresCodes(self.connection)

    @cached_property
    def tokens(self) -> PostgresTokens:
        """Access tokens of providers."""
        return PostgresTokens(self.connection, self._secrets)

    @cached_property
    def mail(self) -> PostgresMail:
        """Sending domains, and who asked for patience."""
        return PostgresMail(self.connection, self._secrets)

    @cached_property
    def suppliers(self) -> PostgresSuppliers:
        """How accounts may be used now."""
        return PostgresSuppliers(self.connection)

    @cached_property
    def shops(self) -> PostgresShops:
        """Connected shops."""
        return PostgresShops(self.connection, self._secrets)

    @cached_property
    def regions(self) -> PostgresRegions:
        """Disrupted regions."""
        return PostgresRegions(self.connection)

    @cached_property
    def content(self) -> PostgresContent:
        """What rule packs found, and what somebody answers for."""
        return PostgresContent(self.connection)

    @cached_property
    def conversations(self) -> PostgresConversations:
        """Conversations with people who wrote, and open disputes."""
        return PostgresConversations(self.connection)

    @cached_property
    def filings(self) -> PostgresFilings:
        """SMS signatures and texts as carriers approved them."""
        return PostgresFilings(self.connection)

    @cached_property
    def points(self) -> PostgresPoints:
        """The ledger of points."""
        return PostgresPoints(self.connection)

    @cached_property
    def policy(self) -> PostgresPolicy:
        """What messages are worth."""
        return PostgresPolicy(self.connection)

    @cached_property
    def plan(self) -> PostgresPlan:
        """The tracking plan."""
        return PostgresPlan(self.connection)

    @cached_property
    def accounts(self) -> PostgresAccounts:
        """Keys, users and sessions."""
        return PostgresAccounts(self.connection)

    @cached_property
    def console(self) -> PostgresConsole:
        """Counts and lists for the console's pages."""
        return PostgresConsole(self.connection)

    @cached_property
    def imports(self) -> PostgresImports:
        """The imports' ledger."""
        return PostgresImports(self.connection)

    @cached_property
    def health(self) -> PostgresHealth:
        """How the instance fares."""
        return PostgresHealth(self.connection)

    @cached_property
    def segments(self) -> PostgresSegments:
        """Memberships and condition timers."""
        return PostgresSegments(self.connection)

    @cached_property
    def tags(self) -> PostgresTags:
        """The state of tags and the values that are carried."""
        return PostgresTags(self.connection)

    @cached_property
    def products(self) -> PostgresProducts:
        """The catalogue."""
        return PostgresProducts(self.connection)

    @cached_property
    def destinations(self) -> PostgresDestinations:
        """Where facts go besides."""
        return PostgresDestinations(self.connection, self._secrets)

    @cached_property
    def ads(self) -> PostgresAds:
        """Ad accounts, audiences, and what was shared."""
        return PostgresAds(self.connection, self._secrets)

    @cached_property
    def ad_results(self) -> PostgresAdResults:
        """Clicks on ads, conversions, controls and costs."""
        return PostgresAdResults(self.connection, self._secrets)

    @cached_property
    def manifest(self) -> PostgresManifest:
        """The files of a warehouse on Spark."""
        return PostgresManifest(self.connection)

    @cached_property
    def posts(self) -> PostgresPosts:
        """Posts after delivery."""
        return PostgresPosts(self.connection)

    @cached_property
    def forms(self) -> PostgresForms:
        """Visits of forms."""
        return PostgresForms(self.connection)

    @cached_property
    def reward_views(self) -> PostgresRewardViews:
        """What people look up of coupons and promotions."""
        return PostgresRewardViews(self.connection)

    @cached_property
    def rewards(self) -> PostgresRewards:
        """Coupons and promotions."""
        return PostgresRewards(self.connection)

    @cached_property
    def guard(self) -> PostgresGuard:
        """The channel guard: incidents, and what is paused because of them."""
        return PostgresGuard(self.connection)

    @cached_property
    def experiments(self) -> PostgresExperiments:
        """How experiments stand."""
        return PostgresExperiments(self.connection)

    @cached_property
    def rollouts(self) -> PostgresRollouts:
        """How far roll-outs have come."""
        return PostgresRollouts(self.connection)

    @cached_property
    def contacts(self) -> PostgresContacts:
        """Contact points."""
        return PostgresContacts(self.connection)

    @cached_property
    def credits(self) -> PostgresCredits:
        """Rights to send one message."""
        return PostgresCredits(self.connection)

    @cached_property
    def ground(self) -> PostgresGround:
        """Codes, menus, articles and links of accounts at WeChat."""
        return PostgresGround(self.connection)

    @cached_property
    def wecom(self) -> PostgresWecom:
        """Greetings and jobs of WeCom."""
        return PostgresWecom(self.connection)

    @cached_property
    def inapp(self) -> PostgresInApp:
        """Cards of in-app messages."""
        return PostgresInApp(self.connection)

    @cached_property
    def push(self) -> PostgresPush:
        """What makers of phones still show."""
        return PostgresPush(self.connection)

    @cached_property
    def links(self) -> PostgresLinks:
        """Short links."""
        return PostgresLinks(self.connection)

    @cached_property
    def feed(self) -> PostgresFeed:
        """What the analyst reads in bulk."""
        return PostgresFeed(self.connection)

    @cached_property
    def calls(self) -> PostgresCalls:
        """Webhooks that journeys call."""
        return PostgresCalls(self.connection, self._secrets)

    @cached_property
    def board(self) -> PostgresBoard:
        """Content that people make, what it brought, communities."""
        return PostgresBoard(self.connection)

    @cached_property
    def shares(self) -> PostgresShares:
        """Links that people share."""
        return PostgresShares(self.connection)

    @cached_property
    def invites(self) -> PostgresInvites:
        """Invites, and the friends who came by them."""
        return PostgresInvites(self.connection)

    @cached_property
    def tasks(self) -> PostgresTasks:
        """What journeys ask of the staff."""
        return PostgresTasks(self.connection)

    @cached_property
    def payments(self) -> PostgresPayments:
        """Accounts at providers of payments, and what is to be paid."""
        return PostgresPayments(self.connection, self._secrets)

    @cached_property
    def pos(self) -> PostgresPos:
        """Sales of tills and self-checkouts."""
        return PostgresPos(self.connection)

    @cached_property
    def exchanges(self) -> PostgresExchanges:
        """What people took for their points."""
        return PostgresExchanges(self.connection)

    @cached_property
    def points_board(self) -> PostgresPointsBoard:
        """Sums over the ledger of points."""
        return PostgresPointsBoard(self.connection)

    @cached_property
    def tiers(self) -> PostgresTiers:
        """Levels of members."""
        return PostgresTiers(self.connection)

    @cached_property
    def occasions(self) -> PostgresOccasions:
        """Schedules, their audiences, and sweeps."""
        return PostgresOccasions(self.connection)

    @cached_property
    def notices(self) -> PostgresNotices:
        """What the people of the house are told."""
        return PostgresNotices(self.connection, self._secrets)

    @cached_property
    def report_schedules(self) -> PostgresReportSchedules:
        """Reports by schedule."""
        return PostgresReportSchedules(self.connection)

    @cached_property
    def white_papers(self) -> PostgresWhitePapers:
        """White papers."""
        return PostgresWhitePapers(self.connection)
