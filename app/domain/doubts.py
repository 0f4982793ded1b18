"""What a person may say of messages in doubt."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.message import MessageStatus


class Answer(StrEnum):
    """What became of it, or what is to become of it."""

    SENT = "sent"  # Vonage has it: never to be sent again
    NOT_SENT = "not_sent"
    RESEND = "resend"  # send it once more, whatever became of it


STATUS_OF = {Answer.SENT: MessageStatus.ACCEPTED, Answer.NOT_SENT: MessageStatus.FAILED}

_WORDS = {
    Answer.SENT: "settled as sent",
    Answer.NOT_SENT: "settled as not sent",
    Answer.RESEND: "sent again out of doubt",
}


@dataclass(frozen=True, slots=True)
class Resolution:
    """A person's word on messages in doubt."""

    answer: Answer
    by: str
    confirmed: bool = False  # that people may be texted twice
    note: str | None = None

    @property
    def reason(self) -> str:
        """What the messages say about it."""
        told = f"{_WORDS[self.answer]} by {self.by}"
        return f"{told}: {self.note}" if self.note else told


def warning(messages: int) -> str:
    """What must be confirmed before messages in doubt are sent again."""
    those = "1 message is" if messages == 1 else f"{messages} messages are"
    return (
        f"{those} in doubt and may have been sent: to send them again may text people twice,"
        ' and costs again. Say "confirm": true if that is wanted.'
    )
