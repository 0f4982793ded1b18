"""The parts of Vonage's SDK that are used, loaded without what they never come to."""

import warnings

from app.left_out import checked_late, left_out

__all__ = [
    "Auth",
    "HttpClient",
    "HttpClientOptions",
    "JwtClient",
    "Messages",
    "SendMessageResponse",
    "Sms",
]

# `requests` guesses with these, two megabytes, what an answer is written in. It hears none of ours.
# And of the SDK's eighty kinds of messages one is sent: the others are never checked.
with left_out("chardet", "charset_normalizer"), checked_late(), warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of their absence
    from vonage_http_client import Auth, HttpClient, HttpClientOptions
    from vonage_jwt import JwtClient
    from vonage_messages import Messages, Sms
    from vonage_messages.responses import SendMessageResponse
