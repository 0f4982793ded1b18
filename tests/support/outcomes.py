"""What Vonage may answer to an attempt."""

from app.domain.message import ClaimedMessage, Outcome, OutcomeKind


def in_doubt(_message: ClaimedMessage) -> Outcome:
    return Outcome(OutcomeKind.IN_DOUBT, "no answer came", code="503")


def refused(_message: ClaimedMessage) -> Outcome:
    return Outcome(OutcomeKind.REFUSED, "Invalid recipient", code="1120")


def try_later(_message: ClaimedMessage) -> Outcome:
    return Outcome(OutcomeKind.TRY_LATER, "connection refused")


def uuid_of(message: ClaimedMessage) -> str:
    """Vonage's id of this very attempt."""
    return f"uuid-{message.attempt}-of-{message.id}"


def taken(message: ClaimedMessage) -> Outcome:
    """Accepted, under an id that differs from attempt to attempt."""
    return Outcome(OutcomeKind.ACCEPTED, message_uuid=uuid_of(message))
