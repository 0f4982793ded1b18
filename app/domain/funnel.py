"""From the recipients that were named to the texts that arrived: where the others stayed."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.error_codes import FAILURES
from app.domain.message import TAKEN, MessageStatus


@dataclass(frozen=True, slots=True)
class Funnel:
    """Counts of one campaign. Each recipient is in exactly one of those that are not sums.

    `sent` is the sum of delivered, on_the_way and refused_by_carrier.
    """

    recipients: int
    refused: int  # no number that could be texted, or the text needs what is missing
    duplicates: int
    not_planned: int  # a draft has no messages yet
    queued: int
    sending: int
    skipped: int  # opted out, had enough texts, or cancelled
    in_doubt: int
    refused_by_vonage: int
    sent: int
    on_the_way: int
    refused_by_carrier: int
    delivered: int

    @property
    def waiting(self) -> int:
        return self.queued + self.sending

    @property
    def failed(self) -> int:
        """By Vonage and by carriers."""
        return self.refused_by_vonage + self.refused_by_carrier

    @property
    def messages(self) -> int:
        """Texts that were made: one for each recipient that was not refused."""
        told = self.sent + self.waiting + self.skipped
        return told + self.in_doubt + self.refused_by_vonage

    @property
    def handed_over(self) -> int:
        """Those that nothing more is to be done for."""
        return self.messages - self.waiting


def funnel(
    recipients: int, refused: int, duplicates: int, counts: Mapping[MessageStatus, int]
) -> Funnel:
    """From what a campaign was given, and the number of its messages in each status."""
    made = sum(counts.values())
    return Funnel(
        recipients=recipients,
        refused=refused,
        duplicates=duplicates,
        not_planned=max(0, recipients - refused - duplicates - made),
        queued=counts[MessageStatus.QUEUED],
        sending=counts[MessageStatus.SENDING],
        skipped=counts[MessageStatus.SKIPPED],
        in_doubt=counts[MessageStatus.IN_DOUBT],
        refused_by_vonage=counts[MessageStatus.FAILED],
        sent=sum(counts[status] for status in TAKEN),
        on_the_way=counts[MessageStatus.ACCEPTED] + counts[MessageStatus.SUBMITTED],
        refused_by_carrier=sum(counts[status] for status in TAKEN & FAILURES),
        delivered=counts[MessageStatus.DELIVERED],
    )
