"""The form of a sender: as it is shown, and what is read from it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from app.domain.consent import OwnWords, Reply
from app.domain.errors import FixInput, Mistake
from app.domain.footer import SenderTexts
from app.domain.registration import Registration
from app.domain.sender_consent import ManagedBy, SenderConsent
from app.services.senders import SenderState
from app.web.consent_bodies import SetSenderConsent
from app.web.dashboard.forms import Form
from app.web.problems import mistakes_of
from app.web.senders import SetRegistration, SetSender
from app.web.text_bodies import SetSenderTexts

_WORDS = {
    "opt_out_words": Reply.OPT_OUT,
    "help_words": Reply.HELP,
    "opt_in_words": Reply.OPT_IN,
}
_TOLD = ("support_contact", "frequency", "opt_out_text", "opt_in_text", "help_text")


def filled(state: SenderState | None, consent: SenderConsent, texts: SenderTexts) -> Form:
    """What holds for a sender, in its fields; empty is what the settings of the service say."""
    values = {name: getattr(consent, name) or "" for name in _TOLD}
    for name, reply in _WORDS.items():
        meant = sorted(word for word, means in consent.words.meaning.items() if means is reply)
        values[name] = ", ".join(meant)
    own_rate = state.own_rate if state else None
    noted = state.registration if state else None
    return Form(
        {
            **values,
            "programme_name": consent.programme_name or texts.programme_name or "",
            "rate": "" if own_rate is None else f"{own_rate:g}",
            "status": noted.status if noted else "",
            "registry": (noted.registry if noted else None) or "",
            "reference": (noted.reference if noted else None) or "",
            "managed": "on" if consent.opt_out_managed_by is ManagedBy.PROVIDER else "",
            "add_programme_name": "on" if texts.add_programme_name else "",
            "opt_out_line": texts.opt_out_line or "",
            "add_opt_out_line": "on" if texts.add_opt_out_line else "",
        }
    )


def read(form: Form) -> tuple[float | None, SenderConsent, SenderTexts, Registration | None]:
    """The rate, and what the services take. Raises FixInput with every mistake, by field."""
    mistakes: list[Mistake] = []
    found: list[Any] = []
    for build in (_rate, _consent, _own_words, _texts, _registration):
        try:
            found.append(build(form.values))
        except ValidationError as error:
            mistakes += mistakes_of(error)
        except FixInput as error:
            mistakes += error.mistakes
    if mistakes:
        raise by_field(FixInput(mistakes))
    rate, consent, words, texts, registration = found
    return rate, replace(consent, words=words), texts, registration


def by_field(error: FixInput) -> FixInput:
    """The same mistakes by the field that they are in: one word of many has none of its own."""
    return FixInput([replace(each, pointer=f"/{_field(each.pointer)}") for each in error.mistakes])


def _field(pointer: str) -> str:
    return pointer.lstrip("/").partition("/")[0]


def _rate(values: Mapping[str, str]) -> float | None:
    given = values.get("rate", "")
    try:
        rate = float(given) if given else None
    except ValueError:
        raise FixInput([Mistake("/rate", "must be a number, as in 10 or 0.5")]) from None
    return SetSender.model_validate({"rate": rate}).rate


def _registration(values: Mapping[str, str]) -> Registration | None:
    """What is known of it; words about one of which nobody knows how far it is are a mistake."""
    told = {name: values.get(name) or None for name in ("status", "registry", "reference")}
    if not any(told.values()):
        return None
    if told["status"] is None:
        raise FixInput([Mistake("/status", "say how far the registration is")])
    return SetRegistration.model_validate(told).registration()


def _consent(values: Mapping[str, str]) -> SenderConsent:
    told: dict[str, Any] = {name: values.get(name) or None for name in ("programme_name", *_TOLD)}
    managed = ManagedBy.PROVIDER if values.get("managed") else ManagedBy.US
    return SetSenderConsent(**told, opt_out_managed_by=managed).consent()


def _own_words(values: Mapping[str, str]) -> OwnWords:
    told = {
        name: [word for each in values.get(name, "").split(",") if (word := each.strip())]
        for name in _WORDS
    }
    return SetSenderConsent.model_validate(told).consent().words


def _texts(values: Mapping[str, str]) -> SenderTexts:
    body = SetSenderTexts(
        programme_name=values.get("programme_name") or None,
        add_programme_name=bool(values.get("add_programme_name")),
        opt_out_line=values.get("opt_out_line") or None,
        add_opt_out_line=bool(values.get("add_opt_out_line")),
    )
    return SenderTexts(**body.model_dump())
