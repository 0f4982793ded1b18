"""`python -m demo.migration`: what `flask db upgrade` does, in half the time, since no web
application is built for it.
"""

import os

from app.storage import migrate
from app.storage.database import connect

if __name__ == "__main__":
    database = connect(os.environ["DATABASE_URL"])
    migrate.upgrade(database)
    database.close()
