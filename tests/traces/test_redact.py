"""Redaction."""

import re
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace2skill.traces.model import Action, Outcome, Source, Step, Tool, Trace
from trace2skill.traces.read import read_traces
from trace2skill.traces.redact import Level, redact, redact_text, redact_texts

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
    ("card", "card 4111.1111.1111.1111", "4111.1111.1111.1111"),
    ("webhook", "https://hooks.slack.com/services/T0A1/B0A1/" + "a1B2c3D4" * 3, "a1B2c3D4" * 3),
    ("langsmith_key", "lsv2_pt_" + "0f" * 16 + "_0123456789", "0f" * 16),
    ("notion_token", f"I used ntn_{'7' * 11}{'aB3' * 12}, which worked", "aB3" * 12),
    ("digitalocean_pat", '{"seen": "dop_v1_' + "9a8b7c6d" * 8 + '"}', "9a8b7c6d" * 8),
    ("signature", f"https://a.blob.example/f?sv=1&sig={'aB3d' * 10}%3D", "aB3d" * 10),
    ("password_hash", "root:$6$saltsalt$" + "aB3." * 20 + ":19700:0", "aB3." * 20),
    ("password", "mysql -u root -ptr0ub4dor shop", "tr0ub4dor"),
    ("password", "curl -u admin:tr0ub4dor https://example.com", "tr0ub4dor"),
    ("password", "sshpass -p tr0ub4dor ssh root@db", "tr0ub4dor"),
    ("password", "machine example.com login bot password tr0ub4dor", "tr0ub4dor"),
    ("password", "The password for admin is tr0ub4dor.", "tr0ub4dor"),
    ("password", "Passwort: tr0ub4dor", "tr0ub4dor"),
    ("password", "Mot de passe : tr0ub4dor", "tr0ub4dor"),
    ("password", "мой пароль tr0ub4dor", "tr0ub4dor"),
    ("password", "密码是tr0ub4dor。", "tr0ub4dor"),
    ("one_time_code", "Your verification code is 493021.", "493021"),
    ("cookie", "Cookie: sid=a1b2c3d4e5f6; theme=dark", "a1b2c3d4e5f6"),
    ("password", "Das Passwort für Gäste lautet tr0ub4dor!", "tr0ub4dor"),
    ("password", "Mein Kennwort ist jetzt tr0ub4dor", "tr0ub4dor"),
    ("password", "Le mot de passe du serveur est tr0ub4dor", "tr0ub4dor"),
    ("password", "smtp_pass=tr0ub4dor", "tr0ub4dor"),
    ("password", "app password: abcd efgh ijkl mnop", "abcd efgh ijkl mnop"),
    ("password", "ConvertTo-SecureString 'tr0ub4dor' -AsPlainText", "tr0ub4dor"),
    ("password", "xfreerdp /u:admin /p:tr0ub4dor /v:h", "tr0ub4dor"),
    ("password", "lftp -u user,tr0ub4dor ftp://h", "tr0ub4dor"),
    ("password", "openssl enc -aes-256-cbc -k tr0ub4dor -in a", "tr0ub4dor"),
    ("password", "keytool -list -storepass tr0ub4dor", "tr0ub4dor"),
    ("password", "CREATE USER a IDENTIFIED BY 'tr0ub4dor'", "tr0ub4dor"),
    ("credential", "<key>ApiSecret</key><string>Rg8Tu9g7paGh</string>", "Rg8Tu9g7paGh"),
    ("credential", r"{\\\"client_secret\\\":\\\"fkkjbd93oQGXy9\\\"}", "fkkjbd93oQGXy9"),
    ("pin", "Ihre PIN lautet 4482", "4482"),
    ("password", "Das Passwort für das Konto von Herrn Vogt lautet: tr0ub4dor", "tr0ub4dor"),
    ("password", "密码为: tr0ub4dor", "tr0ub4dor"),
    ("password", "비밀번호는 tr0ub4dor 입니다", "tr0ub4dor"),
    ("password", "sqlcmd -S h -U sa -P tr0ub4dor", "tr0ub4dor"),
    ("password", 'new NetworkCredential("u", "tr0ub4dor")', "tr0ub4dor"),
    ("cookie", 'document.cookie = "sid=a1b2c3d4e5f6"', "a1b2c3d4e5f6"),
    ("pin", "The door code is 4517", "4517"),
    ("one_time_code", "Ihre TAN für die Überweisung: 839201", "839201"),
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
    "identified by 'name', openssl s_client -k, the code is 200, error code 4040, keep PIN safe",
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
    redacted, counts = redact(trace, "secrets")
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
    assert [trace.id for trace in traces if redact(trace, "secrets")[0] is not trace] == []


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


PEOPLE = [
    ("email", "mail me at mia.li+shop@example.co.uk.", "mia.li+shop@example.co.uk"),
    ("phone", "reach me at +49 (0)30 1234567", "+49 (0)30 1234567"),
    ("phone", "call 555-123-2002 now", "555-123-2002"),
    ("phone", "06 12 34 56 78", "06 12 34 56 78"),
    ("iban", "to DE89 3704 0044 0532 0130 00 please", "DE89 3704 0044 0532 0130 00"),
    ("national_id", "SSN 536-90-4399", "536-90-4399"),
    ("national_id", "NI number QQ123456C is no number, AB123456C is", "AB123456C"),
    ("national_id", "mi DNI es 12345678Z", "12345678Z"),
    ("national_id", "personnummer 811228-9874", "811228-9874"),
    ("user", 'File "/home/mia/app/x.py", line 3', "mia"),
    ("user", r"C:\Users\mia\plan.xlsx", "mia"),
    ("host", "ping mias-MacBook-Pro.local", "mias-MacBook-Pro"),
    ("ip", "login from 203.0.113.77 failed", "203.0.113.77"),
    ("ip", "client 2001:db8:12::9af0 left", "2001:db8:12::9af0"),
    ("name", "Customer name: Amara Okafor", "Amara Okafor"),
    ("name", "Hi, my name is Amara Okafor and I need help.", "Amara Okafor"),
    ("person", "Dear Ms. Okafor, thank you", "Okafor"),
    ("address", "Ship to 12 Hillcrest Avenue, Apt 4", "12 Hillcrest Avenue, Apt 4"),
    ("address", "Lieferung an Goethestraße 12", "Goethestraße 12"),
    ("birth_date", "I was born on 1985-06-15.", "1985-06-15"),
    ("session", "GET /cart;jsessionid=0A1B2C3D4E5F60718293", "0A1B2C3D4E5F60718293"),
    ("mac", "wlan0 0a:1b:2c:3d:4e:5f up", "0a:1b:2c:3d:4e:5f"),
    ("iban", "to NO93 8601 1117 947", "NO93 8601 1117 947"),
    ("name", "客户姓名: 王小明", "王小明"),
    ("name", "お名前: 山田 太郎", "山田 太郎"),
    ("name", "Member: Amara Okafor (gold)", "Amara Okafor"),
    ("name", "Vorname: Amara", "Amara"),
    ("name", "prénom : Amara", "Amara"),
    ("address", "地址: 北京市朝阳区建国路88号", "北京市朝阳区建国路88号"),
    ("email", "mia [at] example (dot) org", "mia [at] example (dot) org"),
    ("name", "a guy called Amara Okafor", "Amara Okafor"),
    ("phone", "手机号: 13812345678", "13812345678"),
    ("phone", "電話: 090-1234-5678", "090-1234-5678"),
    ("birth_date", "né le 12/03/1987", "12/03/1987"),
]
NOBODY = [
    "line L1001 of customer C1001, bill B1003, plan Premium 15GB, order #W5061109, item 6086499569",
    "HAT136 left at 06:00:00 on 2024-05-20; reservation M05KNL; 1.234.567,89 EUR; 12.5 %",
    "pip install torch==2.1.0.1 from /usr/lib/python3.11; see 127.0.0.1:8080 and /home/user/x",
    "I am sorry. This is great. My Order is late. Name: internet. Current APN Name: broken",
    "std::vector<int> a::b, git@github.com:acme/shop.git, @app.route, foo@1.2.3",
    "May I use Will's plan? Green Tea and Rose Soap, 3 Pack, Main Street flavour",
    "call 911, dial *123#, room 555-1234 does not exist, ISBN 978-3-16-148410-0",
]


@pytest.mark.parametrize(("kind", "text", "value"), PEOPLE)
def test_what_belongs_to_people_is_replaced(kind: str, text: str, value: str) -> None:
    """By its form, its check digits or what introduces it; not where secrets alone are wanted."""
    trace, counts = redact(Trace(id="a", task=text))
    assert value not in trace.task
    assert f"<personal:{kind}:1>" in trace.task
    assert counts == Counter({kind: 1})
    assert redact_text(text, "secrets") == text


@pytest.mark.parametrize("text", NOBODY)
def test_other_things_are_nobody(text: str) -> None:
    """Ids, numbers, versions, products, code and common words."""
    assert redact_text(text) == text


@pytest.mark.parametrize(
    ("record", "redacted"),
    [
        ({"full_name": "Mia Li", "plan": "Gold"}, {"full_name": "<personal:name:1>", "plan": "Gold"}),
        ({"phone": 5551232002}, {"phone": "<personal:phone:1>"}),
        ({"pan": 4111111111111111.0}, {"pan": "<secret:card:1>"}),
        ({"zip": "32286", "city": "Anytown"}, {"zip": "<personal:address:1>", "city": "Anytown"}),
        ({"user_id": "mia_li_3668"}, {"user_id": "<personal:user:1>"}),
        ({"user_id": "U1001"}, {"user_id": "U1001"}),
        ({"name": "Basic Plan", "price": 5}, {"name": "Basic Plan", "price": 5}),
        (
            {"name": "Mia Li", "email": "a@b.example"},
            {"name": "<personal:name:1>", "email": "<personal:email:1>"},
        ),
        ({"passengers": [{"name": "Mia Li"}]}, {"passengers": [{"name": "<personal:name:1>"}]}),
        ({"out": '{"tax_id": "06146344851"}'}, {"out": '{"tax_id": "<personal:national_id:1>"}'}),
        ({"status": "Active", "count": 5551232002}, {"status": "Active", "count": 5551232002}),
    ],
)
def test_fields_tell_people(record: dict[str, Any], redacted: dict[str, Any]) -> None:
    """Whole values, numbers too; a name is somebody's where the record is about a person."""
    step = Step(index=0, action=Action(tool="t"), observation=record)
    assert redact(Trace(id="a", steps=(step,)))[0].steps[0].observation == redacted


def test_a_person_is_one_person_everywhere() -> None:
    """Both names of a record are found in prose, alone or together; numbers however they are spelt."""
    record = {"customer": {"first_name": "Amara", "last_name": "Okafor", "phone": "(555) 123-2002"}}
    said = "Amara called. Amara Okafor, 555-123-2002. Okafors are others."
    trace, _ = redact(
        Trace(id="a", steps=(Step(index=0, action=Action(tool="t"), observation=record, text=said),))
    )
    names = trace.steps[0].observation["customer"]
    assert names["phone"] == "<personal:phone:1>"
    first, last = names["first_name"], names["last_name"]
    assert len({first, last}) == 2
    assert trace.steps[0].text.startswith(f"{first} called. <personal:name:")
    assert trace.steps[0].text.endswith(f", {names['phone']}. Okafors are others.")


@pytest.mark.parametrize(
    "hidden",
    [
        "ghp_abcdefghijklmnop\u200bqrstuvwxyz0123456789",
        "ghp_abcdefghijklmnop\u00adqrstuvwxyz0123456789",
        "ghp_abcdefghijklmnop\x1b[0mqrstuvwxyz0123456789",
        "ghp_abcdefghijklmnop\\\nqrstuvwxyz0123456789",
        'ghp_abcdefghijklmnop" + "qrstuvwxyz0123456789',
        "ghp\\u005fabcdefghijklmnopqrstuvwxyz0123456789",
        "ghp%5Fabcdefghijklmnopqrstuvwxyz0123456789",
        "ghp&#95;abcdefghijklmnopqrstuvwxyz0123456789",
    ],
)
def test_what_splits_a_secret_hides_it_not(hidden: str) -> None:
    """Invisible characters, colours, escapes, broken lines; all of it goes, and nothing around it."""
    assert redact_text(f"use {hidden} now") == "use <secret:github_token:1> now"


def test_nothing_is_replaced_where_that_is_wanted() -> None:
    """`off` is off."""
    trace = Trace(id="a", task="password: hunter2, mail mia@example.com")
    assert redact(trace, "off") == (trace, Counter())


@pytest.mark.parametrize("level", ["secrets", "personal"])
def test_redacting_again_changes_nothing_at_any_level(level: Level) -> None:
    """Placeholders of people are no people either."""
    record = {"full_name": "Mia Li", "email": "mia@example.com", "api_key": "abcd1234efgh"}
    once, _ = redact(
        Trace(id="a", steps=(Step(index=0, action=Action(tool="t"), observation=record),)), level
    )
    assert redact(once, level) == (once, Counter())


def test_where_a_trace_came_from_is_redacted() -> None:
    """A file's name may be a person's."""
    trace, _ = redact(
        Trace(id="a", source=Source(format="x", path="/home/mia/runs/okafor@example.com.jsonl"))
    )
    assert trace.source.path == "/home/<personal:user:1>/runs/<personal:email:1>"


def test_two_texts_are_not_read_as_one() -> None:
    """What ends one text and begins the next makes no secret together; a key that does not end is no more."""
    texts = ["password:", "hunter2hunter2", "-----BEGIN PRIVATE KEY-----\nMIIabc", "other"]
    (first, second, third, fourth), _ = redact_texts(texts)
    assert [first, second, fourth] == ["password:", "hunter2hunter2", "other"]
    assert third == "<secret:private_key:1>"


def test_what_one_text_says_tells_what_another_holds() -> None:
    """A commit's hash is Sourcegraph's token only where that is named, seen before or not."""
    commit = "b02b509367e8436f956c334741ac7cf7c9f5dabe"
    for _ in range(2):
        assert redact_text(f"at {commit}") == f"at {commit}"
        told, _ = redact_texts(["our sourcegraph", f"at {commit}"])
        assert told == ["our sourcegraph", "at <secret:sourcegraph_access_token:1>"]


def test_a_text_seen_before_is_redacted_as_before() -> None:
    """At each level, with the numbers of its own trace, and among other values that are looked for in it."""
    texts = ["mail mia@example.com", "password: hunter2", "Mia called"]
    for _ in range(2):
        assert redact_texts(texts, "secrets")[0][:2] == [texts[0], "password: <secret:password:1>"]
        assert redact_texts(texts)[0][:2] == ["mail <personal:email:1>", "password: <secret:password:1>"]
        assert redact_texts(texts[::-1])[0] == [
            texts[2],
            "password: <secret:password:1>",
            "mail <personal:email:1>",
        ]
    trace = Trace(id="a", task=texts[2], initial_observation={"first_name": "Mia"})
    assert redact(trace)[0].task == "<personal:name:1> called"


@given(st.lists(st.text(max_size=40), max_size=6))
def test_any_texts_come_back_in_place(texts: list[str]) -> None:
    """Whatever they hold, lone surrogates and control characters included."""
    clean, found = redact_texts(texts)
    assert len(clean) == len(texts)
    assert found or clean == texts


GROWING: dict[str, Callable[[int], str]] = {
    unit: lambda n, unit=unit: (unit * (n // len(unit) + 1))[:n]
    for unit in (
        *(
            "pwd",
            "pwd=",
            "password is ",
            "a@",
            "a@b.cc.1",
            "4111 ",
            "1.2.3.4 ",
            "curl -u a:b ",
            "://a:",
            "%41",
        ),
        *(
            "-----BEGIN PRIVATE KEY-----",
            "Name: Ab Cd\n",
            "my name is Ab Cd ",
            '"phone": 1234567,',
            "a\u200b",
        ),
        *(
            "1 Aa Street ",
            "cookie: a=",
            "eyJabcdefgh.",
            '"+"',
            "DE89 3704 0044 0532 0130 00 ",
            "kind: Secret ",
        ),
        *("name: ", '"name"\n:', "email:\n", "x.name:", "key=", "sourcegraph ", "\\", '"', "a.b-c@d:~"),
    )
} | {
    "addresses": lambda n: " ".join(f"u{at}@ex{at}.org" for at in range(n // 16)),
    "names": lambda n: "\n".join(f"First name: Na{chr(97 + at % 26)}{at}b" for at in range(n // 22)),
    "numbers": lambda n: " ".join(f"+1 201-555-{at:04}" for at in range(n // 16)),
}


def is_linear(kind: str, length: int) -> bool:
    """Whether a text of four times the length takes much less than sixteen times as long."""
    texts = [GROWING[kind](length), GROWING[kind](4 * length)]
    redact_texts([texts[0]])  # patterns are compiled with their first use

    def seconds(text: str) -> float:
        begun = time.process_time()
        redact_texts([text])
        return time.process_time() - begun

    short, long = (min(seconds(text) for _ in range(3)) for text in texts)
    return long < 13 * short + 0.05


@pytest.mark.parametrize("kind", GROWING)
def test_work_grows_with_the_text_alone(kind: str) -> None:
    """Four times the text takes about four times as long; sixteen times would be quadratic."""
    assert is_linear(kind, 8_000)


@pytest.mark.heavy
@pytest.mark.parametrize("kind", GROWING)
def test_work_grows_with_long_texts_alone(kind: str) -> None:
    """The same for texts of 200 kB."""
    assert is_linear(kind, 50_000)
