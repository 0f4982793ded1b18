"""The door for gunicorn and for `flask`: `gunicorn wsgi:app`."""

import gc
import os
import sys

# What is loaded here stays to the end, and little of it is garbage: to look for some as often as
# usual takes a fifth of the start, and would again at each look later and at the end.
USUAL = gc.get_threshold()
gc.set_threshold(20_000)

from app import docstrings

docstrings.leave_out_of_libraries()

from dotenv import load_dotenv

from app import allocator, logs
from app.cli_late import LateCommands
from app.factory import create_app, house_of
from app.settings import InvalidSettings

allocator.share_one_arena()
load_dotenv()
logs.configure(os.environ.get("LOG_FORMAT", "auto"), os.environ.get("LOG_LEVEL", "INFO"))
try:
    app = create_app()
except InvalidSettings as mistakes:
    if "doctor" in sys.argv:
        from app.cli_doctor import diagnosed

        sys.exit(diagnosed(mistakes, as_json="--json" in sys.argv))
    print(f"Carillon cannot start:\n{mistakes}", file=sys.stderr)  # noqa: T201 (there is no log yet)
    sys.exit(1)
app.cli = LateCommands(house_of(app))
gc.freeze()
gc.set_threshold(*USUAL)
