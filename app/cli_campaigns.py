"""`flask campaigns`: what a campaign would do, before it does it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from app.bootstrap import House
from app.domain.errors import Conflict, FixInput, NotFound, TryAgain
from app.web import preview_rows, preview_views


def group(house: House) -> click.Group:
    """The commands about campaigns."""
    campaigns = click.Group("campaigns", help="Campaigns.")

    @campaigns.command()
    @click.argument("campaign_id")
    @click.option(
        "--csv",
        "csv_file",
        type=click.Path(dir_okay=False, writable=True, path_type=Path),
        help="Write the decision about every recipient into this file as well.",
    )
    @click.option("--json", "as_json", is_flag=True, help="As the API answers.")
    def preview(campaign_id: str, csv_file: Path | None, *, as_json: bool) -> None:
        """What would CAMPAIGN_ID do: to whom, at what cost, until when?"""
        previews = house.services.previews
        try:
            shown = preview_views.preview(previews.of(campaign_id))
            if csv_file is not None:
                with (
                    previews.rows(campaign_id) as (begins_at, decided),
                    csv_file.open("w", encoding="utf-8", newline="") as written,
                ):
                    written.writelines(preview_rows.lines(decided, begins_at))
        except (NotFound, Conflict, FixInput, TryAgain) as error:
            raise click.ClickException(str(error)) from error
        if as_json:
            click.echo(json.dumps(shown, indent=2, ensure_ascii=False))
        else:
            click.echo("\n".join(_told(shown)))

    return campaigns


def _told(shown: dict[str, Any]) -> Iterator[str]:
    """A preview for a terminal."""
    totals = shown["totals"]
    yield f"{totals['recipients']} recipients, {totals['people']} people"
    yield f"  {totals['send_now']:>9}  send now"
    for held in shown["held"]:
        yield f"  {held['count']:>9}  held until {held['until']}"
    for name in ("skipped", "refused"):
        for each in shown[name]:
            yield f"  {each['count']:>9}  {name}: {each['reason']}"
    if totals["duplicates"]:
        yield f"  {totals['duplicates']:>9}  the same number again"
    yield from _told_costs(shown)
    for sample in shown["samples"]:
        yield f"\n{sample['number']} ({sample['why']}, segments: {sample['segments']})"
        yield f"  {sample['text']}"
    for warning in shown["warnings"]:
        yield f"\nWarning: {warning['text']}"
    if shown["token"]:
        yield f"\nToken, valid until {shown['valid_until']}:\n  {shown['token']}"


def _told_costs(shown: dict[str, Any]) -> Iterator[str]:
    cost, timing = shown["cost"], shown["timing"]
    yield f"\n{shown['segments']['total']} segments"
    for each in cost["countries"]:
        price = f"{each['price']} {each['currency']} ({each['source']})" if each["price"] else "?"
        amount = f"{each['amount']} {each['currency']}" if each["amount"] else "no price"
        yield f"  {each['segments']:>9}  {each['country']:<4} at {price}: {amount}"
    for each in cost["totals"]:
        yield f"Cost: {each['amount']} {each['currency']}"
    if cost["unpriced_segments"]:
        yield f"Without a price: {cost['unpriced_segments']} segments"
    yield f"From {timing['begins_at']} to {timing['finishes_at']}, {timing['rate']:g}/s"
