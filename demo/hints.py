"""What to try while the demo keeps running: every line works as it is pasted."""

from collections.abc import Iterator

from demo.environment import Environment


def lines(environment: Environment, campaign_id: str, phone: str) -> Iterator[str]:
    """Addresses and commands. `phone` is a number that may text STOP."""
    service = f"http://127.0.0.1:{environment.port}"
    simulator = f"http://127.0.0.1:{environment.simulator_port}"
    key = f"-H 'Authorization: Bearer {environment.api_key}'"
    json = "-H 'Content-Type: application/json'"
    stop = f'{{"from": "{phone}", "to": "{environment.sender}", "text": "STOP"}}'
    hello = f'{{"to": "{phone}", "text": "Hello!"}}'
    yield "Everything keeps running until Ctrl-C:"
    yield ""
    yield f"  the API, described    {service}/openapi"
    yield f"  the simulator         {simulator}/"
    yield f"  its phones            {simulator}/phones"
    yield f"  what it has received  {simulator}/ledger/summary"
    yield f"  how numbers behave    {simulator}/magic-numbers"
    yield "  logs                  var/demo/"
    yield ""
    yield "To paste into another terminal. The campaign as it stands:"
    yield ""
    yield f"  curl -sS {service}/api/campaigns/{campaign_id} {key}"
    yield ""
    yield "A text to one phone; that phone texts STOP; then try the first line again:"
    yield ""
    yield f"  curl -sS {service}/send-sms {key} {json} -d '{hello}'"
    yield f"  curl -sS {simulator}/simulator/inbound {json} -d '{stop}'"
    yield ""
