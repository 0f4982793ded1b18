"""What we answer to STOP, START and HELP.

Contents after the CTIA Messaging Principles (May 2023, section 5.1): an opt-out answer names the
programme and says that no more messages come; HELP tells programme, contact, rates and the way
out. No marketing in any of them (47 CFR 64.1200(a)(12)).
"""

from dataclasses import dataclass

from app.domain.consent import Reply


@dataclass(frozen=True, slots=True)
class Programme:
    """Who is writing: as people know it, and where they can ask."""

    name: str
    support_contact: str | None = None

    def answer_to(self, reply: Reply) -> str | None:
        """The text that answers, or None where none is due."""
        match reply:
            case Reply.OPT_OUT:
                return (
                    f"{self.name}: you are unsubscribed and will receive no more messages. "
                    "Reply START to subscribe again."
                )
            case Reply.OPT_IN:
                return f"{self.name}: you are subscribed again. Reply HELP for help, STOP to stop."
            case Reply.HELP:
                contact = f"Contact: {self.support_contact}. " if self.support_contact else ""
                return (
                    f"{self.name}: {contact}Message frequency varies. "
                    "Message and data rates may apply. Reply STOP to stop."
                )
            case _:
                return None
