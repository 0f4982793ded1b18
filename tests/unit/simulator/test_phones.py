"""The screens of phones, and the page that shows them."""

from simulator import screens
from simulator.phones import MOST_BUBBLES, MOST_PHONES, Bubble, Phone, Phones

HOSTILE = "</p><script>alert(1)</script>\"'&<img src=x onerror=alert(2)>"


def came(to: str, text: str = "Hello", sender: str = "15557654321", at: float = 1) -> Bubble:
    return Bubble(is_ours=False, sender=sender, to=to, text=text, at=at, segments=1)


def typed(sender: str, to: str, text: str = "STOP") -> Bubble:
    return Bubble(is_ours=True, sender=sender, to=to, text=text, at=2, segments=1)


def test_the_phone_with_the_newest_text_is_first_and_its_newest_text_is_on_top() -> None:
    phones = Phones()
    for number, text in (("15551112222", "one"), ("15551113333", "two"), ("15551112222", "three")):
        phones.show(came(number, text))
    first, second = phones.newest(10)
    assert [first.number, second.number] == ["15551112222", "15551113333"]
    assert [bubble.text for bubble in first.bubbles] == ["three", "one"]


def test_what_is_typed_stands_on_the_phone_that_it_was_typed_on() -> None:
    phones = Phones()
    phones.show(typed("15551112222", "15557654321"))
    (phone,) = phones.newest(10)
    assert phone.number == "15551112222"
    assert phone.senders == ("15557654321",)


def test_nobody_can_reply_to_a_name() -> None:
    phone = Phone("15551112222", (came("15551112222", sender="ACME"),))
    assert phone.senders == ()
    assert "nobody can reply to a name" in screens.phones([phone])


def test_phones_are_found_by_some_of_their_digits() -> None:
    phones = Phones()
    phones.show(came("15551112222"))
    phones.show(came("447700900123"))
    assert [phone.number for phone in phones.newest(10, "7009")] == ["447700900123"]


def test_screens_are_bounded() -> None:
    phones = Phones()
    for number in range(MOST_PHONES + 5):
        phones.show(came(f"1556{number:07}"))
    for _ in range(MOST_BUBBLES + 5):
        phones.show(came("15551112222"))
    kept = phones.newest(MOST_PHONES * 2)
    assert len(kept) == MOST_PHONES
    assert len(kept[0].bubbles) == MOST_BUBBLES


def test_every_change_is_another_version() -> None:
    phones = Phones()
    seen = {phones.version}
    phones.show(came("15551112222"))
    seen.add(phones.version)
    phones.forget()
    assert len(seen | {phones.version}) == 3
    assert phones.newest(10) == []


def test_hostile_texts_and_names_are_escaped() -> None:
    bubble = came("15551112222", HOSTILE, "<b>x</b>")
    typed_again = {"from": HOSTILE, "to": HOSTILE, "text": HOSTILE}
    whole = screens.page([Phone("15551112222", (bubble,))], 1, "", typed_again, HOSTILE)
    assert whole.count("<script") == 1  # the page's own
    assert "<img" not in whole
    assert "<b>" not in whole
    assert 'value="&lt;/p&gt;' in whole


def test_a_page_without_phones_says_how_one_appears() -> None:
    assert "Send a campaign" in screens.page([], 0, "", {}, "")
    assert "No phone with these digits" in screens.page([], 0, "99", {}, "")
