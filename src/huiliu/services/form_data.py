"""Results of forms and notes of interviews as data, for commands and servers alike."""

from __future__ import annotations

from collections.abc import Sequence

from huiliu.kernel.ids import show_profile_id
from huiliu.kernel.times import DAY, show_instant
from huiliu.services.form_results import FormResults, QuestionResult, Words
from huiliu.services.interviews import Heard

__all__ = ["notes_json", "results_json", "words_json"]


def results_json(found: FormResults) -> dict[str, object]:
    """Return what a form brought as data."""
    return {
        "slug": found.opened.form.slug,
        "version": found.opened.version,
        "days": found.days,
        "seen": found.n_seen,
        "taken": found.n_taken,
        "completion": found.completion,
        "seen_by_place": dict(found.seen),
        "kept_away": dict(found.away),
        "by_day": [
            {"day": show_instant(day * DAY)[:10], "seen": seen, "taken": taken}
            for day, (seen, taken) in sorted(found.by_day.items())
        ],
        "questions": [_question(one) for one in found.questions],
    }


def words_json(found: Sequence[Words]) -> list[dict[str, object]]:
    """Return people's own words as data."""
    return [
        {"question": one.question, "profile_id": show_profile_id(one.profile_id),
         "at": show_instant(one.at), "words": one.said or None}
        for one in found
    ]  # fmt: skip


def notes_json(found: Sequence[Heard]) -> list[dict[str, object]]:
    """Return notes of interviews as data."""
    return [
        {"profile_id": show_profile_id(one.profile_id), "at": show_instant(one.at),
         "topic": one.topic, "mood": one.mood or None, "score": one.score or None,
         "by": one.by or None, "has_words": one.has_words, "words": one.words or None}
        for one in found
    ]  # fmt: skip


def _question(one: QuestionResult) -> dict[str, object]:
    """Return what was answered to a question as data."""
    found: dict[str, object] = {
        "question": one.question.id,
        "ask": one.question.ask,
        "answers": one.n,
        "counts": {bar.value: bar.n for bar in one.bars},
    }
    if one.mean is not None:
        found["mean"] = round(one.mean, 4)
    if one.nps is not None:
        nps = one.nps
        found["nps"] = {
            "score": round(nps.score, 2), "low": round(nps.low, 2), "high": round(nps.high, 2),
            "promoters": nps.n_promoters, "passive": nps.n_passive,
            "detractors": nps.n_detractors,
        }  # fmt: skip
    return found
