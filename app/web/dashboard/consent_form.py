"""What an operator was told about consent, as forms say it."""

from typing import Any

from app.domain.phone import PhoneNumber
from app.web.consent_bodies import GivenConsent
from app.web.context import options, services
from app.web.dashboard.forms import Form
from app.web.dashboard.frame import actor


def record(number: str, event: str, form: Form) -> PhoneNumber:
    """Record an opt_in or opt_out; raises ValidationError or FixInput for what is wrong with it."""
    told = {name: form.value(name) or None for name in ("wording", "evidence_url")}
    body: dict[str, Any] = {"number": number, "event": event, "method": "operator", **told}
    body["after_opt_out"] = "after_opt_out" in form.values
    given = GivenConsent.model_validate(body)
    services().consents.record([given.order(options().sender, actor())])
    return given.number
