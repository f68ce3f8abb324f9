"""Secrets in the forms that their providers document, and the places where agents' traces hold them.

A template yields a text with a secret in it and what must not be left of it. All values are made up by a
seeded generator. Every third kind is held back: patterns are never tuned on it.
"""

import base64
import json
import random
from collections.abc import Callable
from string import ascii_lowercase, ascii_uppercase, digits
from typing import NamedTuple
from urllib.parse import quote

LETTERS = ascii_lowercase + ascii_uppercase
ALNUM = LETTERS + digits
LOWER = ascii_lowercase + digits
UPPER = ascii_uppercase + digits
HEX = "0123456789abcdef"
URLSAFE = ALNUM + "-_"
BASE64 = ALNUM + "+/"
WORDS = [
    "amber",
    "birch",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "heron",
    "islet",
    "juniper",
    "kestrel",
    "lagoon",
    "maple",
    "nectar",
    "otter",
]


class Planted(NamedTuple):
    """A text that holds a secret, and the parts that must be gone afterwards."""

    text: str
    gone: tuple[str, ...]


Rng = random.Random
Make = Callable[[Rng], str]


def some(rng: Rng, alphabet: str, length: int) -> str:
    """Random characters; at least one digit where the alphabet has any."""
    drawn = [rng.choice(alphabet) for _ in range(length)]
    own = [char for char in digits if char in alphabet]
    if own and length > 7:
        drawn[length // 2] = rng.choice(own)
    return "".join(drawn)


def uuid(rng: Rng) -> str:
    """A random UUID."""
    raw = some(rng, HEX, 32)
    return f"{raw[:8]}-{raw[8:12]}-{raw[12:16]}-{raw[16:20]}-{raw[20:]}"


def password(rng: Rng) -> str:
    """A password as people choose them: words, digits, signs."""
    return rng.choice(
        [
            f"{rng.choice(WORDS).title()}{rng.randint(10, 9999)}!",
            f"{rng.choice(WORDS)}-{rng.choice(WORDS)}-{rng.randint(10, 99)}",
            some(rng, ALNUM + "#%*!", 12),
            f"{rng.choice(WORDS)}{rng.choice('@#$')}{rng.randint(100, 999)}",
        ]
    )


def jwt(rng: Rng) -> str:
    """A signed token of three parts."""
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode().rstrip("=")
    body = base64.urlsafe_b64encode(
        json.dumps({"sub": some(rng, digits, 10), "iat": 1700000000 + rng.randint(0, 9999999)}).encode()
    )
    return f"{head}.{body.decode().rstrip('=')}.{some(rng, URLSAFE, 43)}"


def pem(rng: Rng, kind: str = "RSA ") -> str:
    """A private key in PEM."""
    lines = "\n".join(some(rng, BASE64, 64) for _ in range(6))
    return f"-----BEGIN {kind}PRIVATE KEY-----\n{lines}\n-----END {kind}PRIVATE KEY-----"


def _fixed(prefix: str, alphabet: str, length: int, suffix: str = "") -> Make:
    return lambda rng: f"{prefix}{some(rng, alphabet, length)}{suffix}"


TOKENS: dict[str, Make] = {
    "github classic": _fixed("ghp_", ALNUM, 36),
    "github fine-grained": lambda r: f"github_pat_{some(r, ALNUM, 22)}_{some(r, ALNUM, 59)}",
    "gitlab": _fixed("glpat-", URLSAFE, 20),
    "aws key id": _fixed("AKIA", ascii_uppercase + "234567", 16),
    "slack bot": lambda r: f"xoxb-{some(r, digits, 12)}-{some(r, digits, 13)}-{some(r, ALNUM, 24)}",
    "slack webhook": lambda r: (
        f"https://hooks.slack.com/services/T{some(r, UPPER, 10)}/B{some(r, UPPER, 10)}/{some(r, ALNUM, 24)}"
    ),
    "discord webhook": lambda r: (
        f"https://discord.com/api/webhooks/{some(r, digits, 19)}/{some(r, URLSAFE, 68)}"
    ),
    "discord bot": lambda r: (
        base64.urlsafe_b64encode(("1" + some(r, digits, 17)).encode()).decode().rstrip("=")
        + f".{some(r, URLSAFE, 6)}.{some(r, URLSAFE, 38)}"
    ),
    "teams webhook": lambda r: (
        f"https://acme{r.randint(1, 99)}.webhook.office.com/webhookb2/{uuid(r)}@{uuid(r)}/IncomingWebhook/"
        f"{some(r, HEX, 32)}/{uuid(r)}"
    ),
    "teams workflow": lambda r: (
        f"https://prod-{r.randint(10, 99)}.westus.logic.azure.com:443/workflows/{some(r, HEX, 32)}/triggers/"
        f"manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0"
        f"&sig={some(r, URLSAFE, 43)}"
    ),
    "zapier webhook": lambda r: (
        f"https://hooks.zapier.com/hooks/catch/{some(r, digits, 7)}/{some(r, LOWER, 7)}/"
    ),
    "langsmith": lambda r: f"lsv2_{r.choice(['pt', 'sk'])}_{some(r, HEX, 32)}_{some(r, HEX, 10)}",
    "groq": _fixed("gsk_", ALNUM, 52),
    "replicate": _fixed("r8_", ALNUM, 37),
    "xai": _fixed("xai-", ALNUM, 80),
    "nvidia": _fixed("nvapi-", URLSAFE, 64),
    "tavily": lambda r: f"tvly-{r.choice(['', 'dev-'])}{some(r, ALNUM, 32)}",
    "digitalocean": _fixed("dop_v1_", HEX, 64),
    "shopify": lambda r: f"{r.choice(['shpat', 'shpss', 'shpca'])}_{some(r, HEX, 32)}",
    "databricks": _fixed("dapi", HEX, 32),
    "vault": lambda r: f"hvs.{some(r, URLSAFE, 95)}",
    "npm": _fixed("npm_", ALNUM, 36),
    "grafana": lambda r: f"glsa_{some(r, ALNUM, 32)}_{some(r, HEX, 8)}",
    "docker": _fixed("dckr_pat_", URLSAFE, 27),
    "atlassian": lambda r: f"ATATT3xFfGF0{some(r, URLSAFE, 171)}={some(r, '0123456789ABCDEF', 8)}",
    "new relic": _fixed("NRAK-", UPPER, 27),
    "linear": _fixed("lin_api_", ALNUM, 40),
    "notion": lambda r: f"ntn_{some(r, digits, 11)}{some(r, ALNUM, 35)}",
    "notion older": _fixed("secret_", ALNUM, 43),
    "airtable": lambda r: f"pat{some(r, ALNUM, 14)}.{some(r, HEX, 64)}",
    "mailgun": _fixed("key-", HEX, 32),
    "tailscale": lambda r: f"tskey-auth-{some(r, ALNUM, 17)}-{some(r, ALNUM, 32)}",
    "age": _fixed("AGE-SECRET-KEY-1", "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58),
    "azure client secret": lambda r: f"{some(r, ALNUM, 3)}{r.randint(0, 9)}Q~{some(r, URLSAFE, 34)}",
    "azure sas": lambda r: (
        f"https://acme.blob.core.windows.net/data/f.csv?sv=2023-11-03&se=2026-01-01&sr=b&sp=r&sig="
        f"{quote(some(r, BASE64, 43) + '=', safe='')}"
    ),
    "gcp refresh token": lambda r: f"1//0{r.randint(1, 9)}{some(r, URLSAFE, 96)}",
    "google api key": _fixed("AIza", URLSAFE, 35),
    "google client secret": _fixed("GOCSPX-", URLSAFE, 28),
    "openai": lambda r: f"sk-proj-{some(r, URLSAFE, 74)}T3BlbkFJ{some(r, URLSAFE, 74)}",
    "anthropic": lambda r: f"sk-ant-api03-{some(r, URLSAFE, 93)}AA",
    "openrouter": _fixed("sk-or-v1-", HEX, 64),
    "perplexity": _fixed("pplx-", ALNUM, 48),
    "huggingface": _fixed("hf_", LETTERS + digits, 34),
    "pinecone": lambda r: f"pcsk_{some(r, ALNUM, 5)}_{some(r, ALNUM, 63)}",
    "fireworks": _fixed("fw_", ALNUM, 24),
    "elevenlabs": _fixed("sk_", HEX, 48),
    "supabase": lambda r: r.choice([_fixed("sbp_", HEX, 40), _fixed("sb_secret_", URLSAFE, 31)])(r),
    "stripe": lambda r: f"{r.choice(['sk_live_', 'rk_live_', 'sk_test_'])}{some(r, ALNUM, 24)}",
    "stripe webhook": _fixed("whsec_", ALNUM, 32),
    "twilio": _fixed("SK", HEX, 32),
    "sendgrid": lambda r: f"SG.{some(r, URLSAFE, 22)}.{some(r, URLSAFE, 43)}",
    "mailchimp": lambda r: f"{some(r, HEX, 32)}-us{r.randint(1, 21)}",
    "pypi": _fixed("pypi-AgEIcHlwaS5vcmc", URLSAFE, 150),
    "telegram": lambda r: f"{r.randint(10**8, 10**10 - 1)}:AA{some(r, URLSAFE, 33)}",
    "square": _fixed("sq0atp-", URLSAFE, 22),
    "heroku": lambda r: f"HRKU-AA{some(r, URLSAFE, 58)}",
    "sentry": _fixed("sntryu_", HEX, 64),
    "postman": lambda r: f"PMAK-{some(r, HEX, 24)}-{some(r, HEX, 34)}",
    "figma": _fixed("figd_", URLSAFE, 40),
    "doppler": _fixed("dp.pt.", ALNUM, 43),
    "pulumi": _fixed("pul-", HEX, 40),
    "terraform cloud": lambda r: f"{some(r, ALNUM, 14)}.atlasv1.{some(r, ALNUM, 67)}",
    "planetscale": _fixed("pscale_tkn_", URLSAFE, 43),
    "rubygems": _fixed("rubygems_", HEX, 48),
    "hubspot": lambda r: f"pat-na1-{uuid(r)}",
    "dropbox": lambda r: f"sl.{some(r, URLSAFE, 135)}",
    "facebook": _fixed("EAAM", ALNUM, 120),
    "artifactory": _fixed("AKCp", ALNUM, 69),
    "dynatrace": lambda r: f"dt0c01.{some(r, UPPER, 24)}.{some(r, UPPER, 64)}",
    "jwt": jwt,
    "cloudinary url": lambda r: f"cloudinary://{some(r, digits, 15)}:{some(r, URLSAFE, 27)}@acme",
    "1password": lambda r: f"ops_eyJ{some(r, ALNUM, 280)}",
    "flutterwave": _fixed("FLWSECK_TEST-", HEX, 32, "-X"),
    "openshift": _fixed("sha256~", URLSAFE, 43),
}
"""Tokens that tell by their own form what they are; they may stand anywhere."""

AROUND: tuple[Callable[[str, Rng], str], ...] = (
    lambda s, r: json.dumps({"status": "ok", r.choice(["value", "result", "data"]): s}),
    lambda s, _: f'client = Client("{s}")',
    lambda s, r: f"export {r.choice(['SERVICE', 'APP', 'PROD'])}_{r.choice(['KEY', 'TOKEN'])}={s}",
    lambda s, _: f"I used {s}, which worked.",
    lambda s, _: f"The agent was given {s}. It then called the service.",
    lambda s, _: f"({s})",
    lambda s, _: f"config:\n  retries: 3\n  auth: {s}\n  region: eu",
    lambda s, _: f"$ tool run --with {s} --verbose",
    lambda s, _: f"<item>{s}</item>",
    lambda s, _: json.dumps({"log": json.dumps({"seen": s})}),
    lambda s, _: f"GET https://api.example.com/v1/items?k={quote(s, safe=':/')}&page=2",
    lambda s, _: s,
)


def _assigned(names: str, make: Make) -> Callable[[Rng], Planted]:
    """A value without a form of its own, told by the name it is assigned to."""

    def plant(rng: Rng) -> Planted:
        name, value = rng.choice(names.split()), make(rng)
        forms = [
            f"{name}={value}",
            f'{name} = "{value}"',
            f"{name}: {value}",
            json.dumps({"host": "db1", name: value}),
            json.dumps({"out": json.dumps({name: value})}),
            f"set {name}='{value}' before the run",
            f"  {name.lower()}: '{value}'\n  timeout: 30",
        ]
        return Planted(rng.choice(forms), (value,))

    return plant


def _said(*forms: str, make: Make = password) -> Callable[[Rng], Planted]:
    """A value in a sentence or a command; `{}` is its place."""

    def plant(rng: Rng) -> Planted:
        value = make(rng)
        return Planted(rng.choice(forms).replace("{}", value), (value,))

    return plant


def _part(form: Callable[[Rng, str], str], make: Make) -> Callable[[Rng], Planted]:
    """A value inside something larger."""

    def plant(rng: Rng) -> Planted:
        value = make(rng)
        return Planted(form(rng, value), (value,))

    return plant


def _halves(join: str, around: str = "{}") -> Callable[[Rng], Planted]:
    """A token that something splits in the middle; neither half may be left."""

    def plant(rng: Rng) -> Planted:
        token = TOKENS[rng.choice(["github classic", "groq", "digitalocean", "shopify", "npm", "linear"])](
            rng
        )
        cut = len(token) // 2
        return Planted(
            around.replace("{}", token[:cut] + join + token[cut:]), (token[cut - 12 : cut], token[cut:])
        )

    return plant


def _escaped(rng: Rng) -> Planted:
    token = TOKENS[rng.choice(["github classic", "groq", "npm"])](rng)
    spelt = token.replace("_", "\\u005f")
    return Planted(f'{{"note": "{spelt}"}}', (token.split("_", 1)[1],))


def _percent(rng: Rng) -> Planted:
    token = TOKENS[rng.choice(["anthropic", "tavily", "gitlab"])](rng)
    spelt = token.replace("-", "%2D").replace("_", "%5F")
    return Planted(f"https://example.com/login?next=%2Fhome%3Fkey%3D{spelt}", tuple(spelt.split("%2D")[-1:]))


def _docker_config(rng: Rng) -> Planted:
    value = base64.b64encode(f"ci-bot:{password(rng)}".encode()).decode()
    return Planted(json.dumps({"auths": {"registry.example.com": {"auth": value}}}), (value,))


def _kube_config(rng: Rng) -> Planted:
    value = some(rng, BASE64, 120)
    return Planted(
        "users:\n- name: admin\n  user:\n    client-certificate-data: LS0tLS1CRUdJ\n"
        f"    client-key-data: {value}",
        (value,),
    )


def _kube_secret(rng: Rng) -> Planted:
    value = base64.b64encode(password(rng).encode()).decode()
    return Planted(
        f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ntype: Opaque\ndata:\n  db-password: {value}\n",
        (value,),
    )


def _shadow(rng: Rng) -> Planted:
    value = f"{some(rng, ALNUM + './', 86)}"
    return Planted(f"root:$6${some(rng, ALNUM, 16)}${value}:19700:0:99999:7:::", (value,))


def _htpasswd(rng: Rng) -> Planted:
    value = some(rng, ALNUM + "./", 53)
    return Planted(f"deploy:$2y$10${value}", (value,))


def _presigned(rng: Rng) -> Planted:
    value = some(rng, HEX, 64)
    return Planted(
        "https://acme.s3.amazonaws.com/report.pdf?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260101T000000Z"
        f"&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature={value}",
        (value,),
    )


def _gcs_signed(rng: Rng) -> Planted:
    value = some(rng, HEX, 128)
    return Planted(
        f"https://storage.googleapis.com/b/o?X-Goog-Expires=900&X-Goog-Signature={value}", (value,)
    )


def _service_account(rng: Rng) -> Planted:
    key = pem(rng, "")
    return Planted(
        json.dumps({"type": "service_account", "project_id": "acme", "private_key": key}),
        (key.split("\n")[2],),
    )


def _pem(kind: str) -> Callable[[Rng], Planted]:
    def plant(rng: Rng) -> Planted:
        key = pem(rng, kind)
        return Planted(f"cat ~/.ssh/id\n{key}\ndone", (key.split("\n")[1], key.split("\n")[4]))

    return plant


def _code(rng: Rng) -> str:
    return some(rng, digits, 6)


def _b64secret(rng: Rng) -> str:
    return some(rng, BASE64, 40)


FORMS: dict[str, Callable[[Rng], Planted]] = {
    "aws secret key": _assigned("aws_secret_access_key AWS_SECRET_ACCESS_KEY SecretAccessKey", _b64secret),
    "aws session token": _assigned(
        "aws_session_token AWS_SESSION_TOKEN SessionToken", _fixed("", BASE64, 200)
    ),
    "azure storage key": _part(
        lambda _, v: (
            f"DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={v};EndpointSuffix=core.windows.net"
        ),
        _fixed("", BASE64, 86, "=="),
    ),
    "cloudflare": _assigned(
        "CLOUDFLARE_API_TOKEN cloudflare_api_token CF_API_TOKEN", _fixed("", URLSAFE, 40)
    ),
    "datadog": _assigned("DD_API_KEY datadog_app_key DATADOG_API_KEY", _fixed("", HEX, 32)),
    "mistral": _assigned("MISTRAL_API_KEY mistral_api_key", _fixed("", ALNUM, 32)),
    "cohere": _assigned("COHERE_API_KEY co_api_key", _fixed("", ALNUM, 40)),
    "okta": _assigned("OKTA_API_TOKEN okta_token", _fixed("00", URLSAFE, 40)),
    "vercel": _assigned("VERCEL_TOKEN vercel_token", _fixed("", ALNUM, 24)),
    "circleci": _assigned("CIRCLE_TOKEN CIRCLECI_API_TOKEN", _fixed("", HEX, 40)),
    "django secret": _assigned("SECRET_KEY DJANGO_SECRET_KEY", _fixed("", LOWER + "!@#%^&*(-_=+)", 50)),
    "client secret": _assigned("client_secret clientSecret CLIENT_SECRET", _fixed("", ALNUM, 32)),
    "encryption key": _assigned("ENCRYPTION_KEY encryption_key MASTER_KEY", _fixed("", BASE64, 43, "=")),
    "password assigned": _assigned("DB_PASSWORD password admin_password PGPASSWORD userPassword", password),
    "private token": _assigned("private_token PRIVATE_TOKEN personal_access_token", _fixed("", ALNUM, 20)),
    "refresh token": _assigned("refresh_token refreshToken REFRESH_TOKEN", _fixed("", URLSAFE, 60)),
    "docker config": _docker_config,
    "kube config": _kube_config,
    "kube secret": _kube_secret,
    "netrc": _said(
        "machine api.example.com login bot password {}",
        "machine git.example.com\n  login ci\n  password {}\n",
    ),
    "shadow": _shadow,
    "htpasswd": _htpasswd,
    "presigned s3": _presigned,
    "signed gcs": _gcs_signed,
    "service account": _service_account,
    "rsa key": _pem("RSA "),
    "openssh key": _pem("OPENSSH "),
    "one-time code": _said(
        "Your verification code is {}.",
        "Use {} as your one-time passcode.",
        "Your OTP is {}. It expires in 5 minutes.",
        "One-time code: {}",
        "{} is your Acme security code",
        "enter the 2FA code {} to sign in",
        make=_code,
    ),
    "totp seed": _said(
        "otpauth://totp/Acme:bot?secret={}&issuer=Acme", make=_fixed("", ascii_uppercase + "234567", 32)
    ),
    "mysql -p": _said("mysql -u root -p{} shop", "mysqldump -h db -uadmin -p'{}' shop > d.sql"),
    "curl -u": _said(
        "curl -u admin:{} https://api.example.com/x",
        "curl -s --user 'ci:{}' https://example.com",
        "curl -sS https://example.com -u bot:{}",
    ),
    "sshpass": _said("sshpass -p '{}' ssh root@db1", "sshpass -p {} scp a.txt bob@db1:"),
    "option": _said(
        "docker login -u ci -p {} registry.example.com",
        "redis-cli -h cache -a {} ping",
        "tool login --password {} --user ci",
        "tool sync --password='{}'",
        "tool deploy --api-key {}",
        make=_fixed("", ALNUM, 16),
    ),
    "other commands": _said(
        "ldapsearch -x -D cn=admin -w {} -b dc=example",
        "smbclient //fs/share -U ops%{}",
        "openssl rsa -in k.pem -passin pass:{}",
        "echo '{}' | sudo -S apt-get update",
        "wget --http-user=ci --http-password={} https://example.com/f",
        "net use Z: \\\\fs\\share /user:ops {}",
        "htpasswd -b .htpasswd deploy {}",
        make=_fixed("", ALNUM, 14),
    ),
    "prose English": _said(
        "The password for admin is {}.",
        "my password is {}",
        "Log in with user ops and password {} please.",
        "the admin's password: {}",
        "His old password was {}, he said.",
        "use the passcode {} at the door",
        "I changed the root password to {} today.",
        "credentials: ops / {}",
    ),
    "prose German": _said(
        "Passwort: {}", "Das Passwort lautet {}.", "Das Kennwort für admin ist {}.", "Zugangsdaten: ops / {}"
    ),
    "prose French": _said("Mot de passe : {}", "Le mot de passe est {}.", "mon mot de passe est {}"),
    "prose Spanish": _said(
        "Contraseña: {}", "La contraseña de admin es {}.", "mi contraseña es {}", "clave: {}"
    ),
    "prose Portuguese": _said("Senha: {}", "A senha do admin é {}.", "minha senha é {}"),
    "prose Italian": _said("La password di admin è {}.", "Parola d'ordine: {}", "la mia password è {}"),
    "prose Russian": _said("Пароль: {}", "Пароль администратора — {}", "мой пароль {}"),
    "prose Chinese": _said("密码:{}", "管理员密码是{}。", "密码为 {}"),
    "prose Japanese": _said("パスワード:{}", "パスワードは{}です。"),
    "prose Dutch": _said("Wachtwoord: {}", "Het wachtwoord is {}."),
    "prose Polish": _said("Hasło: {}", "Hasło to {}."),
    "escaped": _escaped,
    "percent encoded": _percent,
    "zero-width": _halves("\u200b", "the token {} works"),
    "soft hyphen": _halves("\u00ad"),
    "ansi": _halves("\x1b[0m\x1b[1;31m", "key {}"),
    "line continuation": _halves("\\\n", "export TOKEN={}"),
    "concatenated": _halves('" + "', 'token = "{}"'),
    "url password": _said(
        "postgresql://app:{}@db.example.com:5432/shop",
        "https://ci:{}@git.example.com/acme/shop.git",
        "redis://:{}@cache:6379/0",
        "amqp://svc:{}@mq/vhost",
        make=_fixed("", ALNUM, 14),
    ),
    "connection string": _said(
        "Server=db;Database=shop;User Id=sa;Password={};Encrypt=yes",
        "jdbc:postgresql://db/shop?user=app&password={}",
        "mongodb+srv://app:{}@cluster0.example.mongodb.net/shop",
        make=_fixed("", ALNUM, 14),
    ),
    "bearer": _said(
        "Authorization: Bearer {}",
        'curl -H "Authorization: Bearer {}" https://api.example.com',
        '{"headers": {"Authorization": "Bearer {}"}}',
        make=_fixed("", ALNUM, 40),
    ),
    "basic": _part(
        lambda _, v: f"Authorization: Basic {v}",
        lambda r: base64.b64encode(f"ops:{password(r)}".encode()).decode(),
    ),
    "api key header": _said(
        "x-api-key: {}",
        "curl -H 'X-Api-Key: {}' https://api.example.com",
        '{"X-Auth-Token": "{}"}',
        make=_fixed("", ALNUM, 32),
    ),
    "cookie": _said(
        "Cookie: sessionid={}; theme=dark",
        "Set-Cookie: PHPSESSID={}; Path=/; HttpOnly",
        'curl --cookie "JSESSIONID={}" https://example.com',
        make=_fixed("", LOWER, 32),
    ),
    "signature query": _said(
        "https://example.com/d?file=1&token={}",
        "https://example.com/cb?access_token={}&state=1",
        "https://example.com/q?api_key={}&q=1",
        make=_fixed("", ALNUM, 32),
    ),
    "pin": _said(
        "My PIN is {}.", "the PIN for the card is {}", "PIN: {}", make=lambda r: f"{r.randint(1000, 9999)}"
    ),
    "cvv": _said(
        "CVV {}", "cvv: {}", "security code on the back is {}", make=lambda r: f"{r.randint(100, 999)}"
    ),
    "wifi": _said(
        "wpa_passphrase={}", "Wi-Fi password: {}", "The wifi key is {}", make=_fixed("", ALNUM, 12)
    ),
    "recovery code": _said(
        "recovery code: {}",
        "Your backup codes are {}",
        make=lambda r: f"{some(r, LOWER, 5)}-{some(r, LOWER, 5)}",
    ),
    "maven settings": _said(
        "<server><id>repo</id><username>ci</username><password>{}</password></server>",
        make=_fixed("", ALNUM, 14),
    ),
    "ansible": _said("ansible_become_pass: {}", "ansible_ssh_pass={}", make=_fixed("", ALNUM, 14)),
    "pgpass": _said("db.example.com:5432:shop:app:{}", make=_fixed("", ALNUM, 14)),
    "npmrc": _said("//registry.npmjs.org/:_authToken={}", "//npm.example.com/:_password={}", make=uuid),
}
"""Secrets that only their surroundings tell."""

KINDS: tuple[str, ...] = tuple(sorted({*TOKENS, *FORMS}))
HELD_BACK: frozenset[str] = frozenset(KINDS[2::3])
"""Every third kind in the order of the alphabet."""


def planted(kind: str, rng: Rng) -> Planted:
    """One text of a kind."""
    if kind in FORMS:
        return FORMS[kind](rng)
    token = TOKENS[kind](rng)
    text = rng.choice(AROUND)(token, rng)
    return Planted(text, (telling(token),))


def telling(token: str) -> str:
    """The part of a token that must be gone: of a URL what gives access, else all of it."""
    if token.startswith("https://"):
        return token.rstrip("/").rsplit("sig=" if "sig=" in token else "/", 1)[1]
    return token.split("@", maxsplit=1)[0].rsplit(":", 1)[1] if token.startswith("cloudinary") else token
