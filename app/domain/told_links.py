"""Who followed the links in a person's texts: as entries of a timeline."""

from collections.abc import Iterator

from app.domain.history import History, KnownClick
from app.domain.timeline import Evidence, Source, TimelineEntry, What
from app.domain.wording import quoted

_RULE = "a click is taken for a person, unless it is known to be a program"


def tell_clicks(history: History) -> Iterator[TimelineEntry]:
    """Every click on a link that was sent to the number, in no order."""
    campaigns = {message.id: message.campaign_id for message in history.messages}
    for click in history.clicks:
        evidence = Evidence(campaign_id=campaigns[click.message_id], message_id=click.message_id)
        yield TimelineEntry(
            at=click.at,
            what=What.CLICKED,
            sentence=_sentence(click),
            rule=_RULE,
            source=Source.CARRIER if click.is_bot else Source.RECIPIENT,
            evidence=evidence,
            detail={"url": click.url, "is_bot": click.is_bot, "device": click.device},
        )


def _sentence(click: KnownClick) -> str:
    if click.is_bot:
        return f"a program followed the link {quoted(click.url)}: it {click.reason}"
    return f"followed the link {quoted(click.url)} ({click.device})"
