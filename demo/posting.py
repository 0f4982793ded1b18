"""Posts the example campaign with the command that the README shows."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from demo.local import Local
from demo.trouble import Trouble

SCRIPT = Path("examples/send.sh")
CAMPAIGN = Path("examples/campaign.json")


def command(folder: Path) -> str:
    """The curl command as it stands in the script, which runs nothing else."""
    script = (folder / SCRIPT).read_text(encoding="utf-8")
    return script[script.index("curl ") :].rstrip()


def post(folder: Path, environment: Mapping[str, str], service: Local) -> Any:
    """Post the campaign; returns the service's answer. Raises Trouble when it is not taken."""
    if shutil.which("curl"):
        answer = _with_curl(folder, environment)
    else:
        print("There is no curl here, so Python sends the same request.")
        answer = service.post("/api/campaigns/send", (folder / CAMPAIGN).read_bytes())
    if "campaign" not in answer:
        raise Trouble(f"The campaign was not taken: {json.dumps(answer)}")
    return answer


def _with_curl(folder: Path, environment: Mapping[str, str]) -> Any:
    done = subprocess.run(  # noqa: S603 (our own script)
        ["/bin/sh", str(SCRIPT)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise Trouble(f"{SCRIPT} failed: {done.stderr or done.stdout}") from None


def phones(folder: Path) -> tuple[str, str]:
    """The first and the last number that the campaign names, as telephones know them."""
    named = json.loads((folder / CAMPAIGN).read_text(encoding="utf-8"))["recipients"]
    first, last = ("+" + "".join(filter(str.isdigit, named[place])) for place in (0, -1))
    return first, last
