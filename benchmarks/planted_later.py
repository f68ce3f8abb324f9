"""Further secrets and personal values, written when all patterns were there: what a first look finds.

It found .76 of the secrets and .80 of the personal values; patterns have been mended since.
"""

import json
import random
from collections.abc import Callable
from string import ascii_uppercase, digits

from benchmarks.planted_people import (
    FIRST,
    LAST,
    Template,
    address,
    card,
    email,
    full_name,
    grouped,
    iban,
    in_field,
    in_json,
    in_text,
    ipv4,
    person,
    phone,
    ssn,
    user,
)
from benchmarks.planted_secrets import (
    ALNUM,
    BASE64,
    HEX,
    LOWER,
    URLSAFE,
    Planted,
    password,
    pem,
    some,
)

Rng = random.Random


def _form(form: str, alphabet: str, length: int) -> Callable[[Rng], Planted]:
    """A text with random characters at `{}`."""

    def plant(rng: Rng) -> Planted:
        value = some(rng, alphabet, length)
        return Planted(form.replace("{}", value), (value,))

    return plant


def _said(form: str) -> Callable[[Rng], Planted]:
    """A sentence with a password at `{}`."""

    def plant(rng: Rng) -> Planted:
        value = password(rng)
        return Planted(form.replace("{}", value), (value,))

    return plant


def _pem(rng: Rng) -> Planted:
    key = pem(rng, "EC ")
    return Planted(key, (key.split("\n")[1],))


LATER: dict[str, Callable[[Rng], Planted]] = {
    "grafana cloud": _form("glc_eyJ{}", ALNUM, 60),
    "asana": _form("2/1203349857123456/1203349857654321:{}", HEX, 32),
    "brevo": _form("xkeysib-{}-aB3dE6gH9jK2mN5p", HEX, 64),
    "shippo": _form("shippo_live_{}", HEX, 40),
    "prefect": _form("pnu_{}", ALNUM, 36),
    "cloudflare origin": _form("v1.0-" + "0a1b2c3d" * 3 + "-{}", HEX, 146),
    "azure devops": _form("AZURE_DEVOPS_EXT_PAT={}", LOWER, 52),
    "github app": _form("ghs_{}", ALNUM, 36),
    "gitlab runner": _form("glrt-{}", URLSAFE, 20),
    "slack app": _form("xapp-1-A0123456789-1234567890123-{}", HEX, 64),
    "slack config": _form("xoxe.xoxp-1-{}", ALNUM, 164),
    "databricks oauth": _form("dose{}", HEX, 32),
    "mongodb url": _form("mongodb://root:{}@10.0.0.5:27017/admin", ALNUM, 12),
    "anthropic admin": _form("sk-ant-admin01-{}AA", URLSAFE, 93),
    "deepseek": _form("sk-{}", HEX, 32),
    "together": _form("TOGETHER_API_KEY={}", HEX, 64),
    "cohere in code": _form('cohere = Client(api_key="{}")', ALNUM, 40),
    "weaviate header": _form("X-Weaviate-Api-Key: {}", ALNUM, 36),
    "qdrant in code": _form('QdrantClient(url=u, api_key="{}")', ALNUM, 54),
    "sonar": _form("squ_{}", HEX, 40),
    "twitch": _form("twitch_client_secret: {}", LOWER, 30),
    "yandex": _form("AQVN{}", ALNUM, 36),
    "docker organisation": _form("dckr_oat_{}", URLSAFE, 32),
    "passphrase": _said("passphrase: {}"),
    "psql": _form("PGPASSWORD={} psql -h db", ALNUM, 12),
    "json web key": _form('{"kty":"RSA","d":"{}"}', URLSAFE, 342),
    "ec key": _pem,
    "pgp key": _form(
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\n{}\n-----END PGP PRIVATE KEY BLOCK-----", BASE64, 64
    ),
    "vault, older": _form("VAULT_TOKEN=s.{}", ALNUM, 24),
    "cloudfront": _form("https://d1.cloudfront.net/a?Expires=1&Signature={}&Key-Pair-Id=APKA", URLSAFE, 86),
    "reset link": _form("https://example.com/reset?token={}", URLSAFE, 43),
    "login link": _form("https://example.com/login/verify?code={}", ALNUM, 40),
    "prose Turkish": _said("Şifre: {}"),
    "prose Swedish": _said("Lösenord: {}"),
    "prose Korean": _said("비밀번호: {}"),
    "prose Arabic": _said("كلمة المرور: {}"),
    "prose Hindi": _said("पासवर्ड: {}"),
    "English, needed": _said("the password you need is {}"),
    "English, short": _said("pw: {}"),
    "English, as": _said("sign in as root with {} as password"),
    "English, quoted": _said("password='{}'"),
    "ftp": _form("ftp://bob:{}@files.example.com", ALNUM, 10),
    "ansible vault": _said("vault_password: {}"),
    "helm": _form("helm upgrade x --set auth.password={}", ALNUM, 12),
    "wget": _form("wget --user=a --password={} http://example.com", ALNUM, 12),
    "mysql, long": _form("mysql --user=root --password={} -e x", ALNUM, 12),
    "rsync": _form("RSYNC_PASSWORD={}", ALNUM, 12),
    "redis url": _form("redis://default:{}@c:6379", ALNUM, 16),
    "kubectl": _form("kubectl create secret generic s --from-literal=password={}", ALNUM, 12),
    "spring": _form("spring.datasource.password={}", ALNUM, 12),
    "php": _form("'password' => '{}'", ALNUM, 12),
    "yaml": _form("gitlab_token: {}", ALNUM, 20),
    "code, German": _form("Ihr Bestätigungscode lautet {}", digits, 6),
    "code, Spanish": _form("Tu código de verificación es {}", digits, 6),
    "code, message": _form("Code {} - do not share it. Your Acme login.", digits, 6),
    "aws key in prose": _form("the key is AKIA{}", ascii_uppercase + "234567", 16),
}


def _nested(rng: Rng) -> Planted:
    first, last = person(rng)
    return Planted(json.dumps({"passenger": {"first_name": first, "last_name": last}}), (first, last))


LATER_PEOPLE: tuple[Template, ...] = (
    in_text("email", "cc: {}; bcc: none", email),
    in_field("email", "recipients", email),
    in_text("email", '"Support" <{}> wrote:', email),
    in_text("email", "https://example.com/?email={}", lambda r: email(r).replace("@", "%40")),
    in_text("phone", "SMS from {}: hi", phone),
    in_field("phone", "phones", phone),
    in_text("phone", "Tel. {} / Fax none", phone),
    in_text(
        "phone", "my cell is {}", lambda r: f"{r.randint(201, 989)}{r.randint(201, 989)}{some(r, digits, 4)}"
    ),
    in_text("phone", "ring me on {}", lambda r: f"0049 170 {some(r, digits, 7)}"),
    in_text("card", "my card is {} ok", lambda r: grouped(card(r), " ")),
    in_text("card", "id,card\n1,{}\n", card),
    in_text("card", "{}|12|2028|123", card),
    in_text("iban", "iban {}", lambda r: iban(r).lower()),
    in_field("iban", "account_iban", iban),
    in_text("national id", "{} is my social", ssn),
    in_text("national id", "social security number: {}", lambda r: ssn(r).replace("-", " ")),
    in_text("national id", "Passport no. {}", lambda r: f"C{some(r, digits, 8)}"),
    in_text("national id", "driver's license {}", lambda r: f"D{some(r, digits, 7)}"),
    in_text("national id", "NINO: AB {} C", lambda r: " ".join(some(r, digits, 2) for _ in range(3))),
    in_field("name", "guest_name", full_name),
    in_text("name", "Thanks,\n{}", full_name),
    in_text("name", "Hi, {} speaking.", full_name),
    in_text("name", "name: {}\nemail: a@b.example\n", full_name),
    in_field("name", "full_name", lambda r: full_name(r).upper()),
    in_field("name", "patient_name", lambda r: ", ".join(reversed(person(r)))),
    in_text("name", "Mrs {} asked", lambda r: r.choice(LAST)),
    in_text("name", "From: {} <a@b.example>", full_name),
    in_text("name", "the booking under the name {}", full_name),
    Template("name", _nested),
    in_text("address", "{}, Apt 5B, Springfield, IL 62704", address),
    in_json("address", "line1", address),
    in_text("address", "Adresse: {}, 12345 Berlin", lambda r: f"Am Markt {r.randint(1, 99)}"),
    in_text("address", "postcode {}", lambda r: f"SW1A {some(r, digits, 1)}AA"),
    in_text("ip", '{} - - [10/Oct/2025:13:55:36] "GET / HTTP/1.1" 200', ipv4),
    in_field("ip", "client_ip", ipv4),
    in_text("ip", "connected to {}:443", ipv4),
    in_text("ip", "X-Forwarded-For: {}", ipv4),
    in_text("user", "cd /home/{} && ls", user),
    in_text("user", "-rw-r--r-- 1 {} staff 12 Jan 1 a.txt", user),
    in_text("user", "USER={}", user),
    in_text(
        "birth date",
        "DOB {}",
        lambda r: f"{r.randint(1, 12):02d}/{r.randint(10, 28)}/{r.randint(1950, 2000)}",
    ),
    in_text(
        "birth date",
        "My date of birth is March {}.",
        lambda r: f"{r.randint(1, 28)}, {r.randint(1950, 2000)}",
    ),
    in_text("session", "set-cookie: connect.sid=s%3A{}; Path=/", lambda r: some(r, HEX, 32)),
    in_text("host", "Host: {}.local", lambda r: f"{r.choice(FIRST)}s-iMac-{r.randint(2, 9)}"),
)
