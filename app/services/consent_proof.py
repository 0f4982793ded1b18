"""Proves the consent ledger, and makes anew what follows from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.domain.consent_chain import Flaw, Head, first_flaw
from app.domain.errors import Conflict
from app.storage import consent_chains
from app.storage.consent_chains import Chain
from app.storage.database import Database, Session

Anchors = Mapping[str, tuple[int, str]]
"""Place and seal by chain, as an earlier proof wrote them down outside of the database."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What was looked at, and the first thing that is wrong."""

    chains: int
    rows: int
    flaw: Flaw | None


class ConsentProof:
    """Looks at all of the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def verify(
        self, anchors: Anchors | None = None, witness: Callable[[Head], None] | None = None
    ) -> Proof:
        """Prove every chain, up to the first that does not hold.

        `anchors` are ends that must still be there; `witness` is told every end that holds.
        """
        with self._database.reading() as session:
            return _verified(session, dict(anchors or {}), witness)

    def rebuild(self) -> int:
        """Make the states anew from the ledger; returns how many. Raises Conflict if it is broken.

        A state that does not fit is what this mends, so that alone is no reason to refuse.
        """
        with self._database.writing() as session:
            for rows, head in consent_chains.chains(session):
                flaw = first_flaw(rows, head)
                if flaw is not None and not flaw.is_mendable:
                    raise Conflict(f"chain {flaw.chain}, row {flaw.place}: {flaw.reason}")
            return consent_chains.rebuild(session)


def _verified(
    session: Session,
    anchors: dict[str, tuple[int, str]],
    witness: Callable[[Head], None] | None,
) -> Proof:
    chains = rows = 0
    for chain in consent_chains.chains(session):
        chains += 1
        rows += len(chain[0])
        flaw = first_flaw(*chain) or _not_as_anchored(chain, anchors)
        if flaw is not None:
            return Proof(chains, rows, flaw)
        if witness is not None and chain[1] is not None:
            witness(chain[1])
    flaw = consent_chains.without_rows(session) or consent_chains.disagreement(session)
    if flaw is None and anchors:
        gone, (place, _) = next(iter(anchors.items()))
        flaw = Flaw(gone, 1, None, f"rows 1 to {place} were there and are missing")
    return Proof(chains, rows, flaw)


def _not_as_anchored(chain: Chain, anchors: dict[str, tuple[int, str]]) -> Flaw | None:
    """What was written down of a chain must still be in it; takes it from what is looked for."""
    rows, _ = chain
    name = str(rows[0]["chain"])
    place, seal = anchors.pop(name, (0, ""))
    if place == 0:
        return None
    if len(rows) < place:
        reason = f"rows {len(rows) + 1} to {place} were there and are missing"
        return Flaw(name, len(rows) + 1, None, reason)
    if rows[place - 1]["seal"] != seal:
        return Flaw(name, place, rows[place - 1]["id"], "it had another seal when it was anchored")
    return None
