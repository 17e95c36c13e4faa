"""Tags for servers: what the console's pages of tags do, behind a key."""

from __future__ import annotations

from typing import Final

from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.times import SECOND, show_duration, show_instant
from huiliu.services.apply_tag import read_tag, shipped
from huiliu.services.compute_tag import compute_tag
from huiliu.services.look_at_tags import TagRow, list_tags, show_tag, spread
from huiliu.services.publish import publish, publish_tags
from huiliu.services.refresh_tags import refresh_soon
from huiliu.services.remove_tag import remove_tag
from huiliu.web.api.calls import Call, route

__all__ = ["routes"]

_SHOWN: Final = 100


def _tags(call: Call) -> object:
    """Return every live tag and how it fares."""
    return {"tags": [_row(row) for row in list_tags(call.world, call.brand_id)]}


def _tag(call: Call) -> object:
    """Return one tag with its lineage, its refreshes and how its values are spread."""
    slug = call.path("slug")
    found = show_tag(call.world, call.brand_id, slug)
    spreading = spread(call.world, call.brand_id, slug)
    lineage = found.row.tag.lineage
    return _row(found.row) | {
        "source": found.row.document.source,
        "reads": {
            "events": found.events,
            "traits": sorted(lineage.traits),
            "tags": sorted(lineage.tags),
        },
        "used_by": [{"kind": one.kind, "slug": one.slug} for one in found.users],
        "published": dict(found.refreshes[0].published) if found.refreshes else {},
        "spread": [{"value": bar.label, "people": bar.n} for bar in spreading.bars],
        "figures": spreading.facts,
    }


def _apply(call: Call) -> object:
    """Store a tag."""
    made = publish(call.world, call.brand_id, call.word("source"), call.by, kind="tag")
    return {"tag": made.slug, "version": made.version, "is_new": made.is_new}


def _adopt(call: Call) -> object:
    """Apply a tag of the library with all that it reads; without `tag` all of them."""
    slugs = [call.word("tag")] if "tag" in call.body else []
    tags = list(shipped(call.world, call.brand_id, slugs).values())
    made = publish_tags(call.world, call.brand_id, tags, call.by)
    return {"tags": sorted(one.slug for one in made)}


def _compute(call: Call) -> object:
    """Compute a tag's source without storing it; the first people by id."""
    tag = read_tag(call.world, call.brand_id, call.word("source"))
    done = compute_tag(call.world, call.brand_id, tag)
    first = list(done.values.items())[:_SHOWN]
    return {
        "tag": tag.slug,
        "at": show_instant(done.at),
        "count": len(done.values),
        "values": {show_profile_id(who): value for who, value in first},
        "published": dict(done.published),
    }


def _refresh(call: Call) -> object:
    """Have a tag computed as soon as the worker looks."""
    refresh_soon(call.world, call.brand_id, call.path("slug"))
    return {"tag": call.path("slug"), "due_at": show_instant(call.world.clock.now())}


def _remove(call: Call) -> object:
    """Take a tag out of use."""
    n_gone = remove_tag(call.world, call.brand_id, call.path("slug"))
    return {"tag": call.path("slug"), "removed": True, "values": n_gone}


def _row(row: TagRow) -> dict[str, object]:
    """Return one tag as data."""
    return {
        "tag": row.tag.slug,
        "version": row.document.version,
        "name": row.tag.name,
        "definition": row.tag.definition,
        "category": row.tag.category,
        "owner": row.tag.owner,
        "type": row.tag.type,
        "refresh": show_duration(row.tag.refresh),
        "ttl": show_duration(row.tag.ttl) if row.tag.ttl else None,
        "count": row.state.n_values,
        "coverage": row.coverage,
        "state": row.how,
        "computed_at": show_instant(row.state.computed_at) if row.state.computed_at else None,
        "seconds": row.state.took_us / SECOND,
        "changed": row.state.n_changed,
        "due_at": show_instant(row.state.due_at),
        "fault": row.state.fault or None,
    }


routes: Final = [
    route("GET", "/v1/tags", _tags),
    route("PUT", "/v1/tags", _apply),
    route("POST", "/v1/tags/adopt", _adopt),
    route("POST", "/v1/tags/compute", _compute),
    route("GET", "/v1/tags/{slug}", _tag),
    route("POST", "/v1/tags/{slug}/refresh", _refresh),
    route("DELETE", "/v1/tags/{slug}", _remove),
]
