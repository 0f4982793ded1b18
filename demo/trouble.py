"""What ends the demo early."""


class Trouble(Exception):
    """The demo cannot go on; the text says why, and what to do about it."""
