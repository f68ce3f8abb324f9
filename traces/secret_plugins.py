"""The detectors of the detect-secrets package that make sense on prose and JSON.

Its plugins serve as pattern libraries only: their `verify` methods, which call the vendors, are never used.
Left out: the entropy plugins (ids and hashes are ordinary data here), public IP addresses (no secrets),
Artifactory (its password pattern fits capitalised words), Cloudant, IBM and SoftLayer (assignments, covered
by our own patterns), and those whose match is less than the secret (private keys, JSON web tokens).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from trace2skill.traces.secret_patterns import Detector, Pattern, Span, is_secret_value

if TYPE_CHECKING:
    from detect_secrets.plugins.keyword import KeywordDetector

_QUOTES = re.compile(r"[\"'`]")


@dataclass(frozen=True)
class Keyword:
    """The keyword plugin, line by line: a secret-sounding name beside a quoted value."""

    plugin: "KeywordDetector"
    kind: str = "credential"
    anchors: tuple[str, ...] = field(default=("passw", "pwd", "secret", "key", "_pass", "contrase"))

    def spans(self, text: str) -> Iterator[Span]:
        """Every place of a value that stands, quoted, beside a secret-sounding name."""
        start = 0
        for line in text.splitlines(keepends=True):
            if len(line) < 2000 and _QUOTES.search(line):
                for value in sorted(set(self.plugin.analyze_string(line))):
                    at = line.find(value)
                    if at >= 0 and " " not in value and is_secret_value(value):
                        yield start + at, start + at + len(value)
            start += len(line)


@cache
def plugin_detectors() -> tuple[Detector, ...]:
    """The detectors, built once. Importing detect-secrets takes a third of a second, hence not at import."""
    from detect_secrets.plugins import (
        aws,
        azure_storage_key,
        discord,
        github_token,
        gitlab_token,
        keyword,
        mailchimp,
        npm,
        openai,
        pypi_token,
        sendgrid,
        slack,
        square_oauth,
        stripe,
        telegram_token,
        twilio,
    )

    chosen = (
        ("aws_key", aws.AWSKeyDetector(), ("a3t", "abia", "acca", "akia", "asia", "aws")),
        ("azure_key", azure_storage_key.AzureStorageKeyDetector(), ("accountkey=",)),
        ("discord_token", discord.DiscordBotTokenDetector(), ()),
        ("github_token", github_token.GitHubTokenDetector(), ("ghp_", "gho_", "ghu_", "ghs_", "ghr_")),
        ("gitlab_token", gitlab_token.GitLabTokenDetector(), ("gl", "gr1348941")),
        ("mailchimp_key", mailchimp.MailchimpDetector(), ("-us",)),
        ("npm_token", npm.NpmDetector(), (":_authtoken",)),
        ("openai_key", openai.OpenAIDetector(), ("t3blbkfj",)),
        ("pypi_token", pypi_token.PypiTokenDetector(), ("pypi-",)),
        ("sendgrid_key", sendgrid.SendGridDetector(), ("sg.",)),
        ("slack_token", slack.SlackDetector(), ("xox", "hooks.slack.com")),
        ("square_secret", square_oauth.SquareOAuthDetector(), ("sq0csp-",)),
        ("stripe_key", stripe.StripeDetector(), ("k_live_",)),
        ("telegram_token", telegram_token.TelegramBotTokenDetector(), (":",)),
        ("twilio_key", twilio.TwilioKeyDetector(), ("ac", "sk")),
    )
    patterns = [
        Pattern(kind, anchors, regex) for kind, plugin, anchors in chosen for regex in plugin.denylist
    ]
    return (*patterns, Keyword(keyword.KeywordDetector()))
