"""What a dry run shows: its figures, why there are none, or that they are still waited for."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from app.domain.errors import CarillonError, FixInput, Mistake
from app.domain.preview import Preview
from app.services.dry_runs import DryRun, Failed
from app.storage.campaigns import StoredCampaign
from app.web.preview_views import totals

_HELD_SHOWN = 12  # moments until which some are held


def outcome(run: DryRun) -> tuple[Preview | None, Iterable[Mistake]]:
    """The preview, None while it is waited for; or what is wrong. Raises every other problem."""
    if isinstance(run.problem, FixInput):
        return None, run.problem.mistakes
    if run.problem is not None:
        raise run.problem
    return run.preview, ()


def values(
    campaign: StoredCampaign, preview: Preview | None, mistakes: Iterable[Mistake], run: str | None
) -> dict[str, Any]:
    """For `dry_run_now.html`; `run`: the id of the one that is waited for."""
    return {
        "campaign": campaign,
        "key": str(uuid4()),
        "mistakes": [_in_words(each) for each in mistakes],
        "preview": preview,
        "run": run,
        **(_figures(campaign, preview) if preview else {}),
    }


def why_not(error: Exception) -> str:
    """What is said in place of figures."""
    words = str(error if isinstance(error, CarillonError) else Failed())
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def _in_words(mistake: Mistake) -> str:
    """For somebody who sees pages, and not the API."""
    field = mistake.pointer.strip("/").partition("/")[0].replace("_", " ")
    return f"{field} {mistake.detail.partition(': see GET')[0]}".strip()


def _figures(campaign: StoredCampaign, preview: Preview) -> dict[str, Any]:
    tally = preview.survey.tally
    held = sorted(tally.held.items())
    return {
        "totals": totals(preview.survey),
        "tally": tally,
        "estimate": preview.estimate,
        "samples": list(preview.survey.samples.shown()),
        "left_out": [
            *(("skipped", reason, count) for reason, count in tally.skipped.most_common()),
            *(("refused", reason, count) for reason, count in preview.survey.refused.most_common()),
        ],
        "held": held[:_HELD_SHOWN],
        "held_later": sum(count for _, count in held[_HELD_SHOWN:]),
        "has_canary": campaign.policy.needs_canary(tally.messages),
    }
