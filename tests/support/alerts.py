"""Series that a healthy service shows, and what each alert must be told to fire."""

SENT = "carillon_sends_total"
RECEIVED = "carillon_receipts_total"
TIMED = "carillon_carrier_duration_seconds_bucket"
LAGGED = "carillon_receipt_lag_seconds_bucket"
HOOKS = "carillon_webhooks_total"
ANSWERED = "carillon_webhook_duration_seconds_bucket"
TRIED = "carillon_outgoing_webhook_tries_total"
CALLED = "carillon_outgoing_webhook_duration_seconds_bucket"
AT = 'instance="a:3000",job="carillon"'

STEPS = 320  # of 15 seconds: 80 minutes, since the slowest rule looks for an hour


def still(value: float) -> str:
    return f"{value}x{STEPS}"


def growing(by: float) -> str:
    return f"0+{by}x{STEPS}"


def late(by: float) -> str:
    """Nothing until the last ten minutes, then more."""
    return f"0x{STEPS - 40} {by}+{by}x40"


HEALTHY = {
    f"up{{{AT}}}": still(1),
    f"carillon_database_up{{{AT}}}": still(1),
    f"carillon_dispatcher_seen_timestamp_seconds{{{AT}}}": growing(15),
    f'carillon_oldest_due_age_seconds{{lane="single",{AT}}}': still(0),
    f'carillon_oldest_due_age_seconds{{lane="campaign",{AT}}}': still(1800),
    f"carillon_in_doubt_messages{{{AT}}}": still(0),
    f"carillon_messages_left_in_doubt_total{{{AT}}}": still(3),
    f'{SENT}{{outcome="accepted",code="none",{AT}}}': growing(150),
    f'{SENT}{{outcome="refused",code="1130",{AT}}}': growing(3),
    f'{SENT}{{outcome="campaign_must_pause",code="none",{AT}}}': still(0),
    f'{RECEIVED}{{status="delivered",code="none",reception="matched",{AT}}}': growing(140),
    f'{RECEIVED}{{status="rejected",code="1050",reception="matched",{AT}}}': growing(3),
    f'{TIMED}{{le="0.5",{AT}}}': growing(150),
    f'{TIMED}{{le="30",{AT}}}': growing(150),
    f'{TIMED}{{le="+Inf",{AT}}}': growing(150),
    f'{LAGGED}{{le="5",{AT}}}': growing(140),
    f'{LAGGED}{{le="1800",{AT}}}': growing(140),
    f'{LAGGED}{{le="+Inf",{AT}}}': growing(140),
    f'{HOOKS}{{kind="status",result="taken",{AT}}}': growing(140),
    f'{HOOKS}{{kind="status",result="try_again",{AT}}}': still(0),
    f'{HOOKS}{{kind="status",result="not_authentic",{AT}}}': still(0),
    f'{ANSWERED}{{kind="status",le="0.5",{AT}}}': growing(140),
    f'{ANSWERED}{{kind="status",le="15",{AT}}}': growing(140),
    f'{ANSWERED}{{kind="status",le="+Inf",{AT}}}': growing(140),
    f"carillon_database_connections_in_use{{{AT}}}": still(3),
    f"carillon_database_connections_limit{{{AT}}}": still(30),
    f'carillon_sender_sends_total{{sender="*1111",{AT}}}': growing(150),  # ten a second
    f'carillon_sender_configured_rate{{sender="*1111",{AT}}}': still(10),
    f'carillon_sender_allowed_rate{{sender="*1111",{AT}}}': still(10),
    f'carillon_opt_outs_total{{method="keyword",{AT}}}': growing(1),
    f'{TRIED}{{result="delivered",{AT}}}': growing(140),
    f'{TRIED}{{result="try_again",{AT}}}': growing(20),
    f'{TRIED}{{result="given_up",{AT}}}': still(3),
    f'{CALLED}{{le="0.5",{AT}}}': growing(160),
    f'{CALLED}{{le="10",{AT}}}': growing(160),
    f'{CALLED}{{le="+Inf",{AT}}}': growing(160),
    f"carillon_outgoing_webhook_waiting_deliveries{{{AT}}}": still(9_000),
    f"carillon_outgoing_webhook_oldest_due_age_seconds{{{AT}}}": still(500),
    f"carillon_outgoing_webhook_disabled_endpoints{{{AT}}}": still(0),
    f'carillon_http_requests_total{{method="POST",status="500",{AT}}}': still(0),
    f'carillon_campaigns{{status="paused",{AT}}}': still(0),
}
"""Ten messages a second."""


def but(**changes: str) -> dict[str, str]:
    """The healthy service, with other values where a series begins with such a name."""
    found = {
        series: next((new for name, new in changes.items() if series.startswith(name)), told)
        for series, told in HEALTHY.items()
    }
    unused = [name for name in changes if not any(series.startswith(name) for series in HEALTHY)]
    assert unused == []
    return found


def _with(series: str, values: str) -> dict[str, str]:
    assert series in HEALTHY, series
    return {**HEALTHY, series: values}


NOTHING_SENT = {
    **but(carillon_sends=still(9), carillon_sender_sends=still(9), carillon_opt_outs=still(9)),
    f'{RECEIVED}{{status="delivered",code="none",reception="matched",{AT}}}': growing(140),
}

FIRING = {
    "CarillonDown": _with(f"up{{{AT}}}", still(0)),
    "CarillonDatabaseDown": but(carillon_database_up=still(0)),
    "CarillonNobodySends": but(carillon_dispatcher_seen=still(30)),
    "CarillonSingleTextsWait": _with(
        f'carillon_oldest_due_age_seconds{{lane="single",{AT}}}', still(90)
    ),
    "CarillonSendingStalled": NOTHING_SENT,
    "CarillonInDoubt": but(carillon_in_doubt=still(2)),
    "CarillonProcessesDie": but(carillon_messages_left=late(1)),
    "CarillonAccountRefused": {
        **HEALTHY,
        # The first of its kind: the series was not there before.
        f'{SENT}{{outcome="campaign_must_pause",code="402",{AT}}}': f"_x{STEPS - 10} 1x10",
    },
    "CarillonRefusedRatio": _with(f'{SENT}{{outcome="refused",code="1130",{AT}}}', growing(30)),
    "CarillonUndeliveredRatio": _with(
        f'{RECEIVED}{{status="rejected",code="1050",reception="matched",{AT}}}', growing(60)
    ),
    "CarillonCarrierSlow": _with(f'{TIMED}{{le="0.5",{AT}}}', growing(130)),
    "CarillonCarrierUnreachable": {
        **HEALTHY,
        f'{SENT}{{outcome="try_later",code="unreachable",{AT}}}': growing(1),
    },
    "CarillonReceiptsLate": _with(f'{LAGGED}{{le="5",{AT}}}', growing(100)),
    "CarillonNoReceipts": but(carillon_receipts_total=still(9)),
    "CarillonWebhookErrors": _with(f'{HOOKS}{{kind="status",result="try_again",{AT}}}', late(1)),
    "CarillonWebhooksNotAuthentic": _with(
        f'{HOOKS}{{kind="status",result="not_authentic",{AT}}}', late(1)
    ),
    "CarillonWebhooksSlow": _with(f'{ANSWERED}{{kind="status",le="0.5",{AT}}}', growing(100)),
    "CarillonPoolExhausted": but(carillon_database_connections_in_use=still(29)),
    "CarillonRateAboveAllowed": but(carillon_sender_sends=growing(200)),
    "CarillonSenderThrottled": but(carillon_sender_allowed=still(5)),
    "CarillonManyOptOuts": but(carillon_opt_outs=growing(15)),
    "CarillonOutgoingWebhooksLate": but(carillon_outgoing_webhook_oldest=still(700)),
    "CarillonOutgoingWebhooksPileUp": but(carillon_outgoing_webhook_waiting=still(11_000)),
    "CarillonOutgoingWebhooksFail": _with(f'{TRIED}{{result="try_again",{AT}}}', growing(150)),
    "CarillonOutgoingWebhooksGivenUp": _with(f'{TRIED}{{result="given_up",{AT}}}', late(1)),
    "CarillonOutgoingWebhooksSlow": _with(f'{CALLED}{{le="0.5",{AT}}}', growing(140)),
    "CarillonOutgoingWebhooksDisabled": but(carillon_outgoing_webhook_disabled=still(1)),
    "CarillonErrors": but(carillon_http_requests=late(1)),
    "CarillonCampaignPaused": but(carillon_campaigns=still(1)),
}
"""For each alert a service that is ill in just this way."""
