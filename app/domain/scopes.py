"""What a caller may do: scopes of API keys, which the roles of people are made of as well."""

from collections.abc import Collection, Iterable
from enum import StrEnum

from app.domain.errors import FixInput, Mistake


class Scope(StrEnum):
    """One thing that a caller may do. They stand side by side; only `admin` covers the others."""

    SEND = "send"  # campaigns and single texts: written, previewed, launched, paused, cancelled
    READ = "read"  # whatever can be looked at, people and their texts included
    CONTACTS = "contacts"  # contacts, lists, audiences, imports, consent: added, changed, erased
    ADMIN = "admin"  # keys, people, senders, prices, the audit trail; and all of the above


MEANING = {
    Scope.SEND: "send texts: campaigns, single messages, templates",
    Scope.READ: "look at campaigns, messages, contacts and replies",
    Scope.CONTACTS: "change contacts, lists, audiences and consent, import, export and erase",
    Scope.ADMIN: "everything, and keys, senders, prices and the audit trail",
}
"""The scopes for a person who chooses among them."""


def may(held: Collection[Scope], needed: Scope) -> bool:
    """May whoever holds these do what needs that?"""
    return needed in held or Scope.ADMIN in held


def read_scopes(names: Iterable[str], pointer: str = "/scopes") -> frozenset[Scope]:
    """The scopes by their names, at least one; raises FixInput at `pointer`."""
    given = tuple(names)
    known = ", ".join(Scope)
    mistakes = [
        Mistake(f"{pointer}/{place}", f"is no scope; there are {known}")
        for place, name in enumerate(given)
        if name not in set(Scope)
    ]
    if not given:
        mistakes = [Mistake(pointer, f"name at least one of {known}")]
    if mistakes:
        raise FixInput(mistakes)
    return frozenset(map(Scope, given))
