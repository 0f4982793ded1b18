"""Forms that other pages cannot send, by Flask-WTF."""

from app.left_out import left_out

__all__ = ["CSRFError", "CSRFProtect"]

# Its translations of form fields, which no form here uses, would load all of Babel: a megabyte.
with left_out("babel"):
    from flask_wtf.csrf import CSRFError, CSRFProtect
