"""Ad platforms hold exactly those who agreed, and let go of who did not: whatever happens."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.integration.ads.advertising import (
    PLATFORMS,
    at_platform,
    audience,
    buyer,
    catch_up,
    join,
    put_audience,
    say,
)
from tests.integration.outbox import did, same_person, someone
from tests.integration.people import BRAND, NOW, log, project_all
from tests.integration.warehouses import settle, with_warehouse

from huiliu.advertising.hashing import md5, sha256
from huiliu.kernel.errors import BadInput, Conflict
from huiliu.kernel.events import IdentifierType
from huiliu.kernel.times import MINUTE, SECOND
from huiliu.ports.world import World
from huiliu.services.ad_accounts import pause_ad_account, remove_ad_account, resume_ad_account
from huiliu.services.ad_audiences import ad_audience, remove_ad_audience, transfers
from huiliu.services.ad_follow import follow_ads
from huiliu.services.ad_share import share_ads
from huiliu.services.message_events import internal_event
from huiliu.services.publish import publish_segment
from huiliu.stores.clock import SimulatedClock

DIGITS = "13800138000"


@pytest.mark.parametrize("name", PLATFORMS)
def test_who_agrees_is_shared_and_taken_back_at_every_platform(
    world: World, clock: SimulatedClock, name: str
) -> None:
    """Each gets its own hashes by its own calls; a no takes them back within a round."""
    with at_platform(world, name) as (lent, fake):
        put_audience(lent)
        agreed, silent = buyer(lent), buyer(lent, "+8613900139000", agrees=False)
        join(lent, agreed)
        join(lent, silent)
        catch_up(lent, clock)
        held = audience(fake)
        assert held & {md5(DIGITS), sha256(DIGITS), sha256(f"+86{DIGITS}"), sha256(f"86{DIGITS}")}
        assert len(held) == (2 if name in {"meta", "google_ads", "tiktok"} else 1)
        say(lent, agreed, "Consent Withdrawn", at=NOW + MINUTE)
        catch_up(lent, clock)
        assert audience(fake) == set()
        told = transfers(lent, BRAND)
    assert [(one.action, one.profile_id, one.reason) for one in told] == [
        ("removed", agreed, "withdrawn"), ("added", agreed, ""),
    ]  # fmt: skip
    assert told[1].consent > 0


def test_members_of_a_segment_are_followed_in_and_out(
    world: World, clock: SimulatedClock, tmp_path: Path
) -> None:
    """The first fill takes those who are in already; later ones follow the log."""
    with with_warehouse(world, tmp_path) as housed, at_platform(housed, "meta") as (lent, fake):
        first, second = buyer(lent), buyer(lent, "+8613900139000")
        did(lent, first, "Order Paid", order_id="o1")
        settle(lent)
        where = "{did: Order Paid}"
        publish_segment(
            lent, BRAND,
            f"huiliu: 1\nkind: segment\nslug: payers\nname: {{en: P}}\nwhere: {where}", "test",
        )  # fmt: skip
        put_audience(lent, segment="payers", identifiers=["phone"])
        catch_up(lent, clock)
        assert audience(fake) == {sha256(f"86{DIGITS}")}
        did(lent, second, "Order Paid", order_id="o2")
        project_all(lent)
        catch_up(lent, clock)
        assert len(audience(fake)) == 2
        seen = ad_audience(lent, BRAND, "vip")
    assert (seen.counts.shared, seen.n_segment, seen.is_full) == (2, 2, True)


def test_nothing_is_shared_of_suppressed_addresses(world: World, clock: SimulatedClock) -> None:
    """Who stands on the list of addresses is not shown to ad platforms by them either."""
    with at_platform(world, "kuaishou") as (lent, fake):
        put_audience(lent)
        profile = buyer(lent)
        with lent.store.system() as tx:
            keys = [one.key for one, _ in tx.people.identifiers(BRAND, [profile])[profile]]
            from huiliu.services.suppress import suppress

            tx.log.append(suppress(tx, BRAND, keys, "opted_out", NOW))
        project_all(lent)
        join(lent, profile)
        catch_up(lent, clock)
        assert audience(fake) == set()
        assert ad_audience(lent, BRAND, "vip").counts.why == {"suppressed": 1}


def test_an_erased_person_is_taken_out_by_what_was_shared(
    world: World, clock: SimulatedClock
) -> None:
    """The vault is empty by then: the sealed hashes say what the platform holds."""
    with at_platform(world, "tiktok") as (lent, fake):
        put_audience(lent)
        profile = buyer(lent)
        join(lent, profile)
        catch_up(lent, clock)
        assert len(audience(fake)) == 2
        with lent.store.system() as tx:
            for table in ("identities", "profiles"):
                tx.connection.execute(  # type: ignore[attr-defined] # the store's own
                    f"delete from {table} where brand_id = %s and profile_id = %s",
                    (BRAND, profile),
                )
        log(lent, internal_event(BRAND, profile, "$erase", {}, NOW, profile))
        project_all(lent)
        catch_up(lent, clock)
        assert audience(fake) == set()
        with lent.store.system() as tx:
            assert tx.ads.members(BRAND, "vip", 10) == []


def test_who_is_merged_stays_once_and_a_changed_number_is_replaced(
    world: World, clock: SimulatedClock
) -> None:
    """What was shared of the one who is gone is the other's now; nothing is left over."""
    with at_platform(world, "meta") as (lent, fake):
        put_audience(lent, identifiers=["phone"])
        one = buyer(lent)
        two = someone(lent, phone="+8613900139000", known_as=IdentifierType.ANONYMOUS_ID)
        said = {"channel": "ads", "purpose": "ad_sharing"}
        log(lent, internal_event(BRAND, two, "Consent Granted", said, NOW, two))
        join(lent, one)
        join(lent, two)
        catch_up(lent, clock)
        assert len(audience(fake)) == 2
        left = same_person(lent, one, two)
        catch_up(lent, clock)
        with lent.store.system() as tx:
            rows = tx.ads.members(BRAND, "vip", 10)
        assert [row.profile_id for row in rows] == [left]
        assert len(audience(fake)) == sum(len(row.shared) for row in rows)
        say(lent, left, "Consent Withdrawn", at=NOW + MINUTE)
        catch_up(lent, clock)
        assert audience(fake) == set()


def test_a_crash_between_upload_and_answer_leaves_nobody_behind(
    world: World, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What may be there is written before it goes: a later no still takes it back."""
    with at_platform(world, "meta") as (lent, fake):
        put_audience(lent)
        profile = buyer(lent)
        join(lent, profile)
        from huiliu.services import ad_share

        def dies(*_: object) -> None:
            raise RuntimeError

        with monkeypatch.context() as patched:
            patched.setattr(ad_share, "_works", dies)
            with pytest.raises(RuntimeError):
                catch_up(lent, clock)
        assert audience(fake)
        say(lent, profile, "Consent Withdrawn", at=NOW + MINUTE)
        catch_up(lent, clock)
        assert audience(fake) == set()


def test_a_token_that_ends_is_renewed_once_with_its_rotating_key(
    world: World, clock: SimulatedClock
) -> None:
    """The second renewal uses the key that the first one gave."""
    with at_platform(world, "ocean_engine") as (lent, fake):
        put_audience(lent)
        for n in range(3):
            fake.end_token()
            join(lent, buyer(lent, f"+861380013800{n}"))
            catch_up(lent, clock)
            assert len(audience(fake)) == n + 1
        assert fake.n_tokens == 3


def test_a_busy_platform_is_asked_later_and_a_refusing_one_is_told_to_the_staff(
    world: World, clock: SimulatedClock
) -> None:
    """Too many calls change nothing; an account that may not is paused, with a task."""
    with at_platform(world, "ocean_engine") as (lent, fake):
        put_audience(lent)
        profile = buyer(lent)
        join(lent, profile)
        fake.n_busy = 1
        catch_up(lent, clock)
        assert audience(fake) == set()
        catch_up(lent, clock)
        assert len(audience(fake)) == 1
        fake.is_denied = True
        say(lent, profile, "Consent Withdrawn", at=NOW + MINUTE)
        catch_up(lent, clock)
        with lent.store.system() as tx:
            assert tx.ads.account(BRAND, "main").paused.startswith("40002")
            (task,) = tx.tasks.list(BRAND, is_open=True, assignee="", limit=10)
        assert task.link == "/ads/audiences/vip"
        fake.is_denied = False
        clock.advance(2 * MINUTE)
        catch_up(lent, clock)
        assert audience(fake) == set()


def test_a_paused_account_still_takes_people_out(world: World, clock: SimulatedClock) -> None:
    """An operator's pause is no reason to keep somebody who said no."""
    with at_platform(world, "kuaishou") as (lent, fake):
        put_audience(lent)
        first, second = buyer(lent), buyer(lent, "+8613900139000")
        join(lent, first)
        catch_up(lent, clock)
        pause_ad_account(lent, BRAND, "main")
        join(lent, second)
        say(lent, first, "Consent Withdrawn", at=NOW + MINUTE)
        catch_up(lent, clock)
        assert audience(fake) == set()
        resume_ad_account(lent, BRAND, "main")
        clock.advance(MINUTE)
        catch_up(lent, clock)
        assert audience(fake) == {md5("13900139000")}


def test_an_audience_that_ends_is_emptied_before_its_account_may_go(
    world: World, clock: SimulatedClock
) -> None:
    """Until then the account cannot be removed."""
    with at_platform(world, "tencent_ads") as (lent, fake):
        put_audience(lent)
        join(lent, buyer(lent))
        catch_up(lent, clock)
        with pytest.raises(Conflict):
            remove_ad_account(lent, BRAND, "main")
        remove_ad_audience(lent, BRAND, "vip")
        catch_up(lent, clock)
        assert audience(fake) == set()
        catch_up(lent, clock)
        remove_ad_account(lent, BRAND, "main")


def test_an_audience_is_published_once_the_platform_is_ready(
    world: World, clock: SimulatedClock
) -> None:
    """Ocean Engine makes the audience of a data source by and by."""
    with at_platform(world, "ocean_engine") as (lent, fake):
        put_audience(lent)
        join(lent, buyer(lent))
        for _ in range(3):
            catch_up(lent, clock)
        assert len(fake.published) == 1
        assert ad_audience(lent, BRAND, "vip").row.is_published
        assert share_ads(lent) == 0


def test_an_audience_that_is_not_ready_keeps_nobody_who_said_no(
    world: World, clock: SimulatedClock
) -> None:
    """The wait for the platform to make an audience is shorter than a person has to wait."""
    with at_platform(world, "ocean_engine") as (lent, fake):
        put_audience(lent)
        profile = buyer(lent)
        join(lent, profile)
        catch_up(lent, clock)
        assert audience(fake)
        assert not fake.published
        say(lent, profile, "Consent Withdrawn", at=NOW + MINUTE)
        while follow_ads(lent, 2_000):
            pass
        clock.advance(25 * SECOND)
        while share_ads(lent):
            pass
        assert audience(fake) == set()


def test_a_journeys_word_stands_over_the_segment_and_ends_with_the_next(
    world: World, clock: SimulatedClock
) -> None:
    """Who was taken out stays out until a journey puts them in again."""
    with at_platform(world, "kuaishou") as (lent, fake):
        put_audience(lent)
        profile = buyer(lent)
        join(lent, profile)
        catch_up(lent, clock)
        join(lent, profile, leaves=True)
        catch_up(lent, clock)
        assert audience(fake) == set()
        assert [one.reason for one in transfers(lent, BRAND)] == ["left", ""]


def test_an_audience_that_names_what_is_not_there_does_not_go_live(world: World) -> None:
    """Account, segment and identifiers, all at once."""
    with at_platform(world, "kuaishou") as (lent, _):
        with pytest.raises(BadInput) as caught:
            put_audience(lent, account="nobody", segment="nowhere")
        assert [one.path for one in caught.value.problems] == ["account", "segment"]
        with pytest.raises(BadInput) as caught:
            put_audience(lent, identifiers=["email"])
        assert [one.path for one in caught.value.problems] == ["identifiers"]
