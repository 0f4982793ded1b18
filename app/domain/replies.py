"""What we answer to STOP, START and HELP.

Contents after the CTIA Messaging Principles (May 2023, section 5.1): an opt-out answer names the
programme and says that no more messages come; HELP tells programme, contact, frequency, rates
and the way out. No marketing in any of them (47 CFR 64.1200(a)(12)).
"""

from dataclasses import dataclass

from app.domain.consent import Reply

FREQUENCY = "Message frequency varies."


@dataclass(frozen=True, slots=True)
class Programme:
    """Who is writing: as people know it, where they can ask, and own words for the answers."""

    name: str
    support_contact: str | None = None
    frequency: str | None = None
    opt_out_text: str | None = None
    opt_in_text: str | None = None
    help_text: str | None = None
    is_managed: bool = False  # the provider answers STOP itself: ours would be the second

    def answer_to(self, reply: Reply) -> str | None:
        """The text that answers, or None where none is due."""
        match reply:
            case Reply.OPT_OUT:
                return None if self.is_managed else self.opt_out_text or self._to_opt_out()
            case Reply.OPT_IN:
                return self.opt_in_text or self._to_opt_in()
            case Reply.HELP:
                return self.help_text or self._to_help()
            case _:
                return None

    def question(self) -> str:
        """What a double opt-in asks; only YES makes it one."""
        return (
            f"{self.name}: reply YES to receive our messages. {self.frequency or FREQUENCY} "
            "Message and data rates may apply. Reply HELP for help, STOP to stop."
        )

    def _to_opt_out(self) -> str:
        return (
            f"{self.name}: you are unsubscribed and will receive no more messages. "
            "Reply START to subscribe again."
        )

    def _to_opt_in(self) -> str:
        return f"{self.name}: you are subscribed again. Reply HELP for help, STOP to stop."

    def _to_help(self) -> str:
        contact = f"Contact: {self.support_contact}. " if self.support_contact else ""
        return (
            f"{self.name}: {contact}{self.frequency or FREQUENCY} "
            "Message and data rates may apply. Reply STOP to stop."
        )
