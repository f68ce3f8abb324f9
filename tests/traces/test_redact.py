"""Redaction."""

import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from trace2skill.traces.model import Action, Outcome, Step, Tool, Trace
from trace2skill.traces.read import read_traces
from trace2skill.traces.redact import redact

SECRETS = [
    ("openai_key", "use sk-proj-abc123DEF456ghi789JKL012mno now", "sk-proj-abc123DEF456ghi789JKL012mno"),
    ("anthropic_key", "sk-ant-api03-abcdefghijklmnop1", "sk-ant-api03-abcdefghijklmnop1"),
    ("github_token", "ghp_abcdefghijklmnopqrstuvwxyz0123456789", "ghp_abcdefghijklmnopqrstuvwxyz0123456789"),
    ("github_token", "github_pat_11ABCDEFG0abcdefghijkl_mnop", "github_pat_11ABCDEFG0abcdefghijkl_mnop"),
    ("gitlab_token", "glpat-abcdefghij0123456789", "glpat-abcdefghij0123456789"),
    ("aws_key", "id AKIAIOSFODNN7EXAMPLE.", "AKIAIOSFODNN7EXAMPLE"),
    ("slack_token", "xoxb-123456789012-abcdefghij", "xoxb-123456789012-abcdefghij"),
    ("google_key", "key=AIza" + "b1" * 17 + "c", "AIza" + "b1" * 17 + "c"),
    ("stripe_key", "sk_live_abcdefghijklmnop12345678", "sk_live_abcdefghijklmnop12345678"),
    (
        "jwt",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-DEF_123",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-DEF_123",
    ),
    ("private_key", "-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----", "MIIabc"),
    ("authorization", "Authorization: Bearer abcdef1234567890", "abcdef1234567890"),
    ("url_password", "postgres://bob:s3cret@db.example/x", "s3cret"),
    ("password", "password: hunter2", "hunter2"),
    ("password", "export DB_PASSWORD=letmein", "letmein"),
    ("password", "my password is tr0ub4dor.", "tr0ub4dor"),
    ("password", 'body {\\"password\\": \\"open sesame\\"}', "open sesame"),
    ("credential", "api_key: 'abcd1234efgh'", "abcd1234efgh"),
    ("credential", "client-secret = Zz9-Yy8-Xx7", "Zz9-Yy8-Xx7"),
    ("credential", "GET /x?token=abcd1234efgh5678ijkl", "abcd1234efgh5678ijkl"),
    ("card", "card 4111 1111 1111 1111", "4111 1111 1111 1111"),
]

ORDINARY = [
    "call 555-123-2002 or mail john.smith@example.com",
    "flight HAT136 on 2024-05-20 at 06:00:00, reservation M05KNL, order #W5061109",
    "credit_card_4421486 and certificate_7504069, product 6086499569",
    "53759db8-5657-4a7b-b6fa-18c09fd8b859 b02b509367e8436f956c334741ac7cf7c9f5dabe",
    "order 4111111111111112, stamp 1692000000000, ratio 0.4111111111111111",
    "Password: please enter it. The password: incorrect. password=${PASSWORD}",
    "max_tokens: 1024, token: none, secretary: John9, PWD=/home/user/x",
    "sk-folding-cube-container-wrapper, task-abcdefghijklmnopqrstuvwxyz1",
    "http://localhost:8080/path@v2 see https://example.com/a?b=c",
    "the key is under the mat; access key: front desk",
]


@pytest.mark.parametrize(("kind", "text", "secret"), SECRETS)
def test_secrets_are_replaced(kind: str, text: str, secret: str) -> None:
    """The value is gone, the placeholder names its kind, the count is right."""
    trace, counts = redact(Trace(id="a", task=text))
    assert secret not in trace.task
    assert f"<secret:{kind}:1>" in trace.task
    assert counts == Counter({kind: 1})


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_is_left_alone(text: str) -> None:
    """Ids, dates, phone numbers, hashes and prose are no secrets; the very same trace comes back."""
    trace = Trace(id="a", task=text)
    redacted, counts = redact(trace)
    assert redacted is trace
    assert not counts


def test_one_value_has_one_placeholder_everywhere() -> None:
    """Also where nothing around it gives it away: data flow survives."""
    login = Action(tool="login", arguments={"user": "mia", "password": "abc12345xyz"})
    steps = (
        Step(index=0, text="please use abc12345xyz"),
        Step(index=1, action=login, observation={"abc12345xyz": [{"echo": "abc12345xyz"}]}),
        Step(index=2, action=Action(tool="login", arguments={"password": "other98765"})),
    )
    trace, counts = redact(Trace(id="a", steps=steps, tools=(Tool(name="t", description="try abc12345xyz"),)))
    assert trace.steps[0].text == "please use <secret:password:1>"
    assert trace.steps[1].action.arguments == {"user": "mia", "password": "<secret:password:1>"}
    assert trace.steps[1].observation == {"<secret:password:1>": [{"echo": "<secret:password:1>"}]}
    assert trace.steps[2].action.arguments == {"password": "<secret:password:2>"}
    assert trace.tools[0].description == "try <secret:password:1>"
    assert counts == Counter({"password": 6})


@pytest.mark.parametrize(
    ("arguments", "redacted"),
    [
        ({"api_key": "plainword"}, {"api_key": "<secret:credential:1>"}),
        ({"passphrase": "correct horse battery"}, {"passphrase": "<secret:password:1>"}),
        ({"pwd": 12345678}, {"pwd": "<secret:password:1>"}),
        ({"Authorization": "Basic dXNlcjpwYXNz"}, {"Authorization": "Basic <secret:authorization:1>"}),
        ({"card": 4111111111111111}, {"card": "<secret:card:1>"}),
        ({"password": {"type": "string"}}, {"password": {"type": "string"}}),
        (
            {"password": "", "token": "next", "secret": None},
            {"password": "", "token": "next", "secret": None},
        ),
    ],
)
def test_fields_give_secrets_away(arguments: dict[str, Any], redacted: dict[str, Any]) -> None:
    """A JSON field name is context enough; schemas and empty values are none."""
    step = Step(index=0, action=Action(tool="t", arguments=arguments))
    trace, _ = redact(Trace(id="a", steps=(step,)))
    assert trace.steps[0].action.arguments == redacted


def test_redacting_twice_changes_nothing() -> None:
    """Placeholders are no secrets."""
    once, _ = redact(Trace(id="a", task="password: hunter2 and api_key='abcd1234efgh'"))
    assert redact(once) == (once, Counter())


def test_the_hash_is_that_of_the_redacted_text() -> None:
    """A hash computed before does not stick."""
    trace = Trace(id="a", task="password: hunter2")
    before = trace.hash
    redacted, _ = redact(trace)
    assert redacted.hash != before
    assert redacted.hash == Trace.model_validate(redacted.model_dump()).hash


def test_real_conversations_hold_no_false_positives(shared_traces: Path) -> None:
    """Thousands of ids, phone numbers, e-mails, prices and dates of real runs."""
    traces = list(read_traces([shared_traces / "tau2", shared_traces / "tau_bench"]))
    assert [trace.id for trace in traces if redact(trace)[0] is not trace] == []


def test_detectors_are_not_loaded_at_import() -> None:
    """detect-secrets takes a third of a second to import."""
    import subprocess

    code = "import sys, trace2skill.traces.redact; sys.exit('detect_secrets' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_counts_never_hold_values() -> None:
    """Kinds are words of ours."""
    _, counts = redact(Trace(id="a", task="password: hunter2, ghp_abcdefghijklmnopqrstuvwxyz0123456789"))
    assert all(re.fullmatch(r"[a-z_]+", kind) for kind in counts)


def test_what_surrounds_a_run_is_cleaned_too() -> None:
    """Instructions and the checks of a scorer."""
    secret = "ghp_" + "a1B2" * 9
    outcome = Outcome(failed_checks=(f"the token {secret} works",))
    trace, found = redact(Trace(id="x", instructions=f"Use the token {secret}.", outcome=outcome))
    assert secret not in trace.model_dump_json()
    assert sum(found.values()) == 2
