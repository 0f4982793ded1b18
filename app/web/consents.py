"""Consent over HTTP: told with its proof, looked at, reviewed, and set for senders."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from flask import request
from flask_openapi import Tag

from app.domain.consent import Reply
from app.domain.scopes import Scope
from app.domain.sender_consent import SenderConsent
from app.services.consents import ConsentPage
from app.storage.consent import Recorded
from app.storage.consent_pages import KeptEvent, OptedOut, Review
from app.web import views
from app.web.auth import actor, guard
from app.web.bodies import require_json
from app.web.consent_bodies import (
    GiveConsents,
    OptOutsQuery,
    ReviewPath,
    ReviewsQuery,
    SetSenderConsent,
    SettleReview,
)
from app.web.consent_documents import (
    ConsentDocument,
    OptOutsDocument,
    RecordedsDocument,
    ReviewsDocument,
    SenderConsentDocument,
    SettledDocument,
)
from app.web.consent_pages import printable
from app.web.context import options, services
from app.web.described import APIBlueprint
from app.web.documents import BODY, SECURED, Responses, answers
from app.web.senders import SenderPath
from app.web.timelines import NumberPath

_PAGE_ANSWERS: Responses = {
    **answers(ConsentDocument, 422),
    "200": {"description": "The page", "content": {"text/html": {"schema": {"type": "string"}}}},
}

consents = APIBlueprint(
    "consents", __name__, url_prefix="/api", abp_tags=[Tag(name="consent")], abp_security=SECURED
)
guard(consents, Scope.CONTACTS, set_sender_consent=Scope.ADMIN)
consents.before_request(require_json)


@consents.post("/consents", responses=answers(RecordedsDocument, 200, *BODY))
def give(body: GiveConsents) -> Any:
    """Record opt-ins and opt-outs with their proof, all of them or none.

    An opt-in of somebody who opted out is refused unless the request says that this is known, and
    its consent is newer than the opt-out.
    """
    orders = [each.order(options().sender, actor()) for each in body.consents]
    return {"results": [_recorded(each) for each in services().consents.record(orders)]}


@consents.get("/numbers/<number>/consent", responses=answers(ConsentDocument, 422))
def consent(path: NumberPath) -> Any:
    """The proof of consent of a number: its state and all that it rests on.

    With `Accept: text/html`, or under `consent.html`, a page to print.
    """
    page = services().consents.of(path.number)
    wanted = request.accept_mimetypes.best_match(["application/json", "text/html"])
    return printable(page) if wanted == "text/html" else page_of(page)


@consents.get("/numbers/<number>/consent.html", responses=_PAGE_ANSWERS)
def consent_page(path: NumberPath) -> Any:
    """The same, as a page to print."""
    return printable(services().consents.of(path.number))


@consents.delete("/numbers/<number>", responses=answers(ConsentDocument, 409, 422))
def erase(path: NumberPath) -> Any:
    """Erase a person (GDPR, Article 17): all that is personal is taken away, for good.

    A keyed hash is kept, so that the number is not texted when somebody names it again. Shows
    what is left of the ledger.
    """
    services().erasures.erase(path.number, actor())
    return page_of(services().consents.of(path.number))


@consents.get("/opt-outs", responses=answers(OptOutsDocument, 422))
def opt_outs(query: OptOutsQuery) -> Any:
    """Whom nobody may write to now, the newest first."""
    found = services().consents.opt_outs(query.before, query.limit)
    following = views.following(
        "/api/opt-outs",
        len(found) == query.limit,
        limit=query.limit,
        before=found[-1].event_id if found else None,
    )
    return views.page("opt_outs", [_plain(each) for each in found], following)


@consents.get("/reviews", responses=answers(ReviewsDocument, 422))
def reviews(query: ReviewsQuery) -> Any:
    """Opt-outs by other words than a keyword that nobody has read yet, the oldest first."""
    found = services().consent_reviews.page(query.after, query.limit)
    following = views.following(
        "/api/reviews",
        len(found) == query.limit,
        limit=query.limit,
        after=found[-1].event_id if found else None,
    )
    return views.page("reviews", [_plain(each) for each in found], following)


@consents.post("/reviews/<event_id>", responses=answers(SettledDocument, 200, 404, 409, *BODY))
def settle(path: ReviewPath, body: SettleReview) -> Any:
    """Say whether the opt-out was meant. What was skipped meanwhile stays so."""
    is_confirmed = body.as_ == "opt_out"
    services().consent_reviews.settle(path.event_id, actor(), is_confirmed=is_confirmed)
    return {"event_id": path.event_id, "as": body.as_}


@consents.get("/senders/<name>/consent", responses=answers(SenderConsentDocument, 422))
def sender_consent(path: SenderPath) -> Any:
    """What people read who text STOP, START or HELP to a sender, and its own keywords."""
    return _of_sender(path.name, services().sender_consents.of(path.name))


@consents.put("/senders/<name>/consent", responses=answers(SenderConsentDocument, *BODY))
def set_sender_consent(path: SenderPath, body: SetSenderConsent) -> Any:
    """Set them; what is left out of the body is as the settings of the service have it."""
    given = services().sender_consents.put(path.name, body.consent(), actor())
    return _of_sender(path.name, given)


def _recorded(step: Recorded) -> dict[str, Any]:
    return {
        "number": step.event.number,
        "event_id": step.event.id,
        "event": step.event.event,
        "state": step.after,
        "changed": step.is_new,
    }


def page_of(page: ConsentPage) -> dict[str, Any]:
    """The proof of consent of a number as JSON."""
    events = [_plain(each) for each in page.events]
    chain = page.events[0].chain if page.events else None
    for event in events:
        del event["chain"], event["number"]  # the same in all of them
    shown = {name: _text(getattr(page, name)) for name in ConsentPage.__dataclass_fields__}
    return {**shown, "chain": chain, "events": events}


def _plain(value: KeptEvent | OptedOut | Review) -> dict[str, Any]:
    return {name: _text(each) for name, each in asdict(value).items()}


def _text(value: Any) -> Any:
    return views.time_text(value) if isinstance(value, datetime) else value


def _of_sender(name: str, given: SenderConsent) -> dict[str, Any]:
    programme = services().sender_consents.programme(given)
    words: dict[Reply, list[str]] = {reply: [] for reply in Reply}
    for word, reply in given.words.meaning.items():
        words[reply].append(word)
    return {
        "sender": name,
        "programme_name": programme.name,
        "support_contact": programme.support_contact,
        "frequency": programme.frequency,
        "opt_out_text": programme.answer_to(Reply.OPT_OUT),
        "opt_in_text": programme.answer_to(Reply.OPT_IN),
        "help_text": programme.answer_to(Reply.HELP),
        "opt_out_managed_by": given.opt_out_managed_by,
        "opt_out_words": sorted(words[Reply.OPT_OUT]),
        "help_words": sorted(words[Reply.HELP]),
        "opt_in_words": sorted(words[Reply.OPT_IN]),
    }
