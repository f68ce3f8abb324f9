"""Finds secrets: by the form of a token, by what stands before it, by the name of its field."""

import base64
import binascii
import re
from collections.abc import Callable
from functools import cache, lru_cache

from trace2skill.traces.check_digits import is_card
from trace2skill.traces.gitleaks import entropy, gitleaks_patterns
from trace2skill.traces.patterns import PROBE, Found, Pattern, begins_alone, is_no_fraction, split_anchors

PASSWORDS = (
    r"(?:passw(?:or)?d|passphrase|passcode|pwd|passwort|kennwort|contrase(?:ñ|n)a|senha|mot[ _]de[ _]passe|wachtwoord|"
    r"has(?:ł|l)o|parola d'ordine|l(?:ö|o)senord|пароль|пароля|密码|密碼|口令|パスワード|비밀번호|(?:become|ssh|db|user)[_-]?pass)"
)
CREDENTIALS = (
    r"(?:(?:client|app|consumer|shared|webhook|signing|jwt|api|session|oauth|cookie)[_-]?secret|"
    r"secret(?:[_-]?(?:access)?[_-]?key)?|"
    r"(?:api|app|access|private|account|auth|encryption|signing|secret|master|service|license|deploy|storage|shared|"
    r"admin|subscription|consumer|wi-?fi|wpa|security)[_ -]?key|"
    r"(?:auth|access|refresh|session|bearer|api|id|secret|private|personal|security|bot|deploy|service|user|"
    r"personal[_-]access)[_-]?token|client-key-data)"
)
_ANCHORS = (
    "pass", "pwd", "kennwort", "contrase", "senha", "wachtwoord", "has", "parola", "senord", "парол", "密", "口令",
    "パスワード", "비밀번호",
)  # fmt: skip
_SUFFIX = r"(?:[_-]?\d{1,3})?"
_ASSIGN = r"[\\\"'`\]]{0,3}\s{0,3}(?:=>|:=|={1,3}|[:：])\s{0,3}"
_BARE = r"[^\s\"'`,;&<>{}\[\]()\\，。、；「」]"
_QUOTED = r"(?:\\\"([^\"\n\\]{1,300})|\"((?:[^\"\n\\]|\\.){1,300})\"|\\?'([^'\n]{1,300})'|`([^`\n]{1,300})`)"
_NO_SECRETS = re.compile(
    r"null|none|true|false|yes|no|undefined|required|optional|missing|invalid|incorrect|hidden|redacted|str|string|"
    r"text|unknown|empty|changed|reset|expired|password|passwort|secret|token|changeme|example|placeholder|"
    r"[a-z_]+(?:\.[a-z_]+)+",
    re.IGNORECASE,
)
_STAND_IN = re.compile(
    r"<.*>|\$\{?\w+\}?|\{\{.*\}\}|%\(?\w+\)?s?|([*xX.•#-])\1*|your[_ -].*|process\.env.*|os\..*|"
    r"[\w.]{1,60}\([\w\s\"',.=/-]*\)?"
)
_PATH = re.compile(r"[~.]{0,2}/[\w./-]*")


def is_secret_value(value: str) -> bool:
    """Whether an assigned value can be a secret: not a path, a name or a stand-in (`***`, `${VAR}`, `required`)."""
    if len(value) < 4 or _NO_SECRETS.fullmatch(value) or _STAND_IN.fullmatch(value):
        return False
    return not _PATH.fullmatch(value) or (len(value) >= 32 and has_digit(value) and entropy(value) > 4.3)


def has_digit(value: str) -> bool:
    """Whether a value holds a digit; words of prose do not."""
    return any(char.isdigit() for char in value)


def _unquoted(value: str) -> bool:
    """Whether an unquoted value can be a secret: not a plain word, as it often follows a colon in prose."""
    a_word = value.replace("-", "").replace(".", "").isalpha()
    return is_secret_value(value) and not a_word


def _told(value: str) -> bool:
    """Whether a value in a sentence can be a password: no plain word, number or date."""
    mixed = any(map(str.isalpha, value)) and (
        has_digit(value) or any(char in "@#$%^&*!_" for char in value[:-1])
    )
    return len(value) >= 5 and mixed and is_secret_value(value)


def _random(value: str) -> bool:
    return len(value) >= 16 and has_digit(value) and is_secret_value(value) and entropy(value) > 3


def _telling(value: str) -> bool:
    return len(value) >= 20 and has_digit(value) and any(map(str.isalpha, value)) and entropy(value) > 3.3


def _is_pair(value: str) -> bool:
    """Whether base64 stands for `name:password`."""
    try:
        return b":" in base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False


def _assignments(kind: str, key: str, anchors: tuple[str, ...]) -> tuple[Pattern, ...]:
    named = rf"(?i){key}{_SUFFIX}{_ASSIGN}"
    return (
        Pattern(kind, anchors, named + _QUOTED, is_secret_value),
        Pattern(kind, anchors, rf"(?i){key}{_SUFFIX}=({_BARE}{{4,200}})", is_secret_value),
        Pattern(kind, anchors, rf"{named}({_BARE}{{4,200}})", _unquoted),
        Pattern(kind, anchors, rf"(?i){key}(?: (?:is|was) | )({_BARE}{{4,100}}[^\s\"'`,;.?!。])", _told),
    )


def _token(kind: str, anchors: str, regex: str, accept: Callable[[str], bool] = bool) -> Pattern:
    return Pattern(kind, split_anchors(anchors, space="_"), regex, accept, begins_alone)


def _text(kind: str, anchors: str, regex: str, accept: Callable[[str], bool] = bool) -> Pattern:
    return Pattern(kind, split_anchors(anchors), regex, accept)


_TOKENS = (
    Pattern(
        "private_key",
        ("-----begin",),
        r"(?s)-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----.*?"
        r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\x00|\z)",
    ),
    _token("anthropic_key", "sk-ant-", r"sk-ant-[A-Za-z0-9_-]{16,}"),
    _token("openai_key", "sk-", r"sk-[A-Za-z0-9_-]{20,}", has_digit),
    _token("github_token", "ghp_ gho_ ghu_ ghs_ ghr_", r"gh[pousr]_[A-Za-z0-9]{20,}"),
    _token("github_token", "github_pat_", r"github_pat_[A-Za-z0-9_]{22,}"),
    _token(
        "gitlab_token",
        r"?gl[a-z]{2,8}-\w|gr1348941",
        r"(?:gl[a-z]{2,8}-|GR1348941)[A-Za-z0-9_.-]{20,}",
        has_digit,
    ),
    _token("aws_key", "a3t abia acca akia asia", r"(?:A3T[A-Z0-9]|ABIA|ACCA|AKIA|ASIA)[0-9A-Z]{16}\b"),
    _token("slack_token", "xox xapp-", r"(?:xox[abceoprs]|xapp)-[A-Za-z0-9-]{10,}"),
    _token("google_key", "aiza ya29. gocspx-", r"AIza[\w-]{35}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{20,}"),
    _token("google_key", "1//0", r"1//0[\w-]{40,}"),
    _token("stripe_key", "k_live_ k_test_ whsec_", r"(?:[rsp]k_(?:live|test)|whsec)_[A-Za-z0-9]{16,}"),
    _token("huggingface_token", "hf_ api_org_", r"(?:hf|api_org)_[A-Za-z0-9]{30,}"),
    _token("jwt", "eyj", r"eyJ[\w-]{8,}={0,2}\.[\w-]{8,}={0,2}(?:\.[\w-]*)?"),
    _token("langsmith_key", "lsv2_ ls__", r"lsv2_(?:pt|sk)_[a-z0-9]{32}_[a-z0-9]{10}|ls__[a-f0-9]{32}"),
    _token("groq_key", "gsk_", r"gsk_[A-Za-z0-9]{40,}"),
    _token("replicate_token", "r8_", r"r8_[A-Za-z0-9]{30,}"),
    _token("xai_key", "xai-", r"xai-[A-Za-z0-9]{60,}"),
    _token("nvidia_key", "nvapi-", r"nvapi-[\w-]{50,}"),
    _token("tavily_key", "tvly-", r"tvly-(?:dev-|prod-)?[A-Za-z0-9_-]{20,}", has_digit),
    _token("docker_token", "dckr_", r"dckr_(?:pat|oat)_[\w-]{20,}"),
    _token("fireworks_key", "fw_", r"fw_[A-Za-z0-9]{22,}", has_digit),
    _token("pinecone_key", "pcsk_", r"pcsk_[A-Za-z0-9]{4,8}_[A-Za-z0-9]{40,}"),
    _token("elevenlabs_key", "sk_", r"sk_[a-f0-9]{48}\b"),
    _token("supabase_key", "sbp_ sb_", r"sbp_(?:v0_)?[a-f0-9]{40}|sb_(?:secret|publishable)_[\w-]{20,}"),
    _token("tailscale_key", "tskey-", r"tskey-[a-z]{2,12}-[\w-]{20,}"),
    _token("figma_token", "figd_ figu_", r"fig[du]_[\w-]{36,}"),
    _token("hubspot_token", "pat-", r"pat-(?:na|eu)\d-[a-f0-9-]{36}"),
    _token("mailgun_key", "key-", r"(?:pub)?key-[a-f0-9]{32}\b"),
    _token("mailgun_key", r"?[a-f0-9]{8}-[a-f0-9]{8}-[a-f0-9]{8}", r"[a-f0-9]{32}-[a-f0-9]{8}-[a-f0-9]{8}\b"),
    _token("mailchimp_key", "-us", r"[a-f0-9]{32}-us\d{1,2}\b"),
    _token("new_relic_key", "nrak- nrii- nrjs- nraa- nrra-", r"NR(?:AK|AL|II|JS|AA|RA)-[A-Za-z0-9-]{19,40}"),
    _token("airtable_token", r"?\bpat\w{14}\.[a-f0-9]{20}", r"pat[A-Za-z0-9]{14}\.[a-f0-9]{60,}"),
    _token("notion_token", "ntn_ secret_", r"ntn_[A-Za-z0-9]{40,}|secret_[A-Za-z0-9]{43}\b"),
    _token("dropbox_token", "sl.", r"sl\.(?:u\.)?[\w-]{100,}"),
    _token("telegram_token", ":aa", r"\d{8,10}:AA[\w-]{30,36}"),
    _token(
        "discord_token",
        r"?\w{6}\.[\w-]{6}\.[\w-]{6}",
        r"[MNO][A-Za-z\d_-]{22,27}\.[\w-]{6}\.[\w-]{27,40}",
        has_digit,
    ),
    _token("square_secret", "sq0", r"sq0[a-z]{3}-[\w-]{22,}"),
    _token("npm_token", "npm_", r"npm_[A-Za-z0-9]{36}"),
    _token("pypi_token", "pypi-", r"pypi-[\w-]{60,}"),
    _token("sendgrid_key", "sg.", r"SG\.[\w-]{16,32}\.[\w-]{16,64}"),
    _token("heroku_key", "hrku-", r"HRKU-[\w-]{36,}"),
    _token("terraform_token", "atlasv1", r"[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{40,}"),
    _token("flutterwave_key", "flwseck", r"FLWSECK(?:_TEST)?-[A-Za-z0-9]{12,}(?:-X)?"),
    _token("twilio_key", r"?(?:sk|ac)[a-f0-9]{32}", r"(?:SK|AC)[a-f0-9]{32}\b"),
    _token("vault_token", "hvs. hvb. hvr.", r"hv[sbr]\.[\w-]{20,}"),
    _token("atlassian_token", "atatt3 atctt3", r"AT[AC]TT3[\w=-]{60,}"),
    _token("azure_secret", "q~", r"[\w~.-]{3}\dQ~[\w~.-]{31,34}"),
    _token(
        "credential",
        r"?(?:sk|pat|key|api|secret|token|tok|live|test|prod|auth)[_-][a-z0-9_-]{24}",
        r"(?:[A-Za-z0-9]{1,12}[_-]){0,3}(?:sk|pat|key|api|secret|token|tok|live|test|prod|auth)[_-]"
        r"(?:[A-Za-z0-9]{1,10}[_-]){0,2}[A-Za-z0-9]{24,}",
        lambda value: has_digit(value[-20:]) and entropy(value) > 3.8,
    ),
)

_IN_URLS = (
    Pattern(
        "url_password", ("://",), r"://[^\s/:@\"'<>]{0,100}:([^\s/@\"'<>]{1,200})@[\w\[]", is_secret_value
    ),
    _text(
        "webhook",
        "hooks. webhook logic.azure.com pipedream make.com",
        r"hooks\.slack\.com/(?:services|workflows|triggers)/([\w+/-]{20,})"
        r"|discord(?:app)?\.com/api/(?:v\d{1,2}/)?webhooks/(\d{15,22}/[\w-]{40,})"
        r"|hooks\.zapier\.com/hooks/(?:catch|standard)/([\w/-]{8,})"
        r"|webhook\.office\.com/(webhook[\w/@-]{20,})"
        r"|outlook\.office\.com/(webhook/[\w/@-]{20,})"
        r"|hook\.(?:[a-z]{2}\d\.)?(?:make|integromat)\.com/(\w{20,})"
        r"|maker\.ifttt\.com/trigger/[^\s/]{1,60}/(?:json/)?with/key/([\w-]{10,})"
        r"|webhook\.site/([a-f0-9-]{36})|([\w-]{10,})\.m\.pipedream\.net",
    ),
    _text(
        "signature",
        "sig= signature= credential= policy= security-token=",
        r"(?i)[?&;](?:x-(?:amz|goog)-(?:signature|credential|security-token)|sig|signature|policy)=([\w.~+/%=-]{16,})",
        has_digit,
    ),
    _text(
        "credential",
        r"?[?&;][\w-]+=",
        r"(?i)[?&;](?:[a-z]{0,12}[_-]?token|api_?-?key|apikey|auth|secret|client_secret|hmac|jwt|code|key|otp|"
        r"passw(?:or)?d|pwd)=([^\s&\"'<>#\\]{6,300})",
        lambda value: len(value) >= 12 and has_digit(value) and is_secret_value(value),
    ),
    _text("totp_seed", "otpauth://", r"otpauth://[^\s\"']{1,200}?[?&]secret=([A-Za-z2-7=]{12,})"),
)

_ANY = r"['\"]?([^\s'\"|;&]{3,100})"
_COMMANDS = (
    _text(
        "password", "mysql mariadb", r"\b(?:mysql\w{0,10}|mariadb(?:-\w{1,10})?)\b[^\n|;&]{0,300}?\s-p" + _ANY
    ),
    _text(
        "password",
        "curl",
        r"\bcurl\b[^\n|]{0,400}?\s(?:-u|--user|-U|--proxy-user)[ =]?['\"]?[^\s:'\"]{0,64}:([^\s'\"]{1,200})",
        is_secret_value,
    ),
    _text("password", "sshpass", r"\bsshpass\s{1,3}-p\s{0,3}" + _ANY),
    _text(
        "password",
        r"?\blogin\b|redis-cli|mongo",
        r"\b(?:docker|podman|buildah|skopeo|helm|oc|az|acr|nerdctl)\b[^\n|;&]{0,80}?\blogin\b[^\n|;&]{0,200}?\s-p[ =]"
        + _ANY
        + r"|\bredis-cli\b[^\n|;&]{0,200}?\s-a[ =]"
        + _ANY
        + r"|\bmongo(?:sh|dump|restore|export)?\b[^\n|;&]{0,200}?\s-p[ =]"
        + _ANY,
        is_secret_value,
    ),
    _text("password", "ldap", r"\bldap\w{1,12}\b[^\n|;&]{0,300}?\s-w[ =]" + _ANY, is_secret_value),
    _text("password", r"?\w%\w", r"(?:-U|--user=?|user=)\s{0,2}['\"]?[\w.\\/-]{1,60}%" + _ANY),
    _text("password", "-pass", r"-pass(?:in|out|word)?\s{1,2}['\"]?pass:([^\s'\"]{3,100})"),
    _text(
        "password",
        "sudo",
        r"\becho\s{1,3}(?:-n\s{1,3})?(?:'([^'\n]{3,100})'|\"([^\"\n]{3,100})\"|([^\s'\"|]{3,100}))\s{0,3}\|\s{0,3}sudo\s{1,3}"
        r"(?:-\w\s{1,3})?-\w{0,3}S",
        is_secret_value,
    ),
    _text(
        "password",
        "net_use_",
        r"(?i)\bnet use\b[^\n]{0,200}?/user:\S{1,60}\s{1,3}([^\s\"'/]{3,100})",
        is_secret_value,
    ),
    _text(
        "password",
        "net_use",
        r"(?i)\bnet use\s{1,3}(?:\w:\s{1,3})?\\\\\S{1,100}\s{1,3}([^\s\"'/]{3,100})\s{1,3}/user:",
    ),
    _text(
        "password",
        "htpasswd",
        r"\bhtpasswd\s{1,3}-\w{0,4}b\w{0,4}\s{1,3}\S{1,200}\s{1,3}\S{1,60}\s{1,3}" + _ANY,
    ),
    _text(
        "password",
        r"?\b(?:zip|unzip|7z\w?|unrar|rar)\b",
        r"\b(?:zip|unzip|7z\w?|unrar|rar)\b[^\n|;&]{0,200}?\s-(?:P\s?|p)" + _ANY,
        _told,
    ),
    _text(
        "password",
        "chpasswd passwd",
        r"\becho\s{1,3}['\"]?[\w.-]{1,40}:([^\s'\"|]{3,100})['\"]?\s{0,3}\|\s{0,3}(?:sudo\s{1,3})?chpasswd",
    ),
    _text(
        "password",
        "--pass --pwd --token --api --secret --auth --http-pass --proxy-pass --client-secret --db-pass --private --access "
        "--admin-pass",
        r"(?i)--(?:[a-z]{1,12}-)?(?:passw(?:or)?d|passphrase|pass|pwd|token|api-?key|secret(?:-key)?|access-key|private-key|"
        r"auth)(?:=|\s{1,3})['\"]?([^\s'\"|;&-][^\s'\"|;&]{3,200})",
        _unquoted,
    ),
    _text("credential", "configure_set", r"aws_(?:secret_access_key|session_token)\s{1,3}([\w+/=]{20,})"),
    _text(
        "password",
        "machine",
        r"\bmachine\s{1,9}\S{1,200}\s{1,9}login\s{1,9}\S{1,100}\s{1,9}password\s{1,9}(\S{3,200})",
    ),
    _text(
        "password",
        r"?[\w*]:(?:\d{4,5}|\*):[\w*-]",
        r"(?:^|[\s\"'])[\w*.-]{1,100}:(?:\d{4,5}|\*):[\w*-]{1,60}:[\w*-]{1,60}:([^\s:\"']{4,100})(?:[\s\"']|\z)",
        lambda value: _told(value) or _random(value),
    ),
)

_HASHES = (
    _text("password_hash", r"?\$2[abxy]?\$\d\d", r"\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}"),
    _text(
        "password_hash",
        r"?\$(?:\d|y|gy|sha1|md5|argon2\w{1,2}|apr1|scrypt)\$",
        r"\$(?:1|5|6|7|y|gy|sha1|md5|argon2\w{1,2}|apr1|scrypt)\$[\w./+=,$-]{20,}",
    ),
    _text("password_hash", "{ssha {sha", r"\{S?SHA(?:256|512)?\}[A-Za-z0-9+/=]{20,}"),
    _text("password_hash", "pbkdf2", r"pbkdf2[_:-]sha\d{1,3}\$\d{1,9}\$[^\s$]{1,100}\$[A-Za-z0-9+/=]{20,}"),
)

_SET = r"(?:\s{0,2}(?:[:=：—–-]|=>)\s{0,3}|\s(?:is|was|now|ist|war|lautet|est|es|era|é|è|e|to|jest|är|это)\s{1,2}|(?:は|是|为|為)\s{0,2})"
_IS = rf"(?:{_SET}|\s(?:to\s)?)"
_WHOSE = r"(?:\s(?:for|of|on|to|at|für|von|vom|pour|de|del|do|da|di|per|voor|van|dla|для|администратора|администратор)\s[\w.@'-]{1,40}(?:\s[\w.@'-]{1,40}){0,3}?)"
_SAID = r"([\x21\x23-\x26\x28-\x2b\x2d-\x3a\x3c-\x7e]{4,100})"
_CODE = (
    r"(?:verification|security|one[ -]time|2fa|two[ -]factor|mfa|login|sign[ -]?in|auth(?:entication)?|access)[ -]"
    r"(?:pass)?(?:code|pin|password|token)s?|\botp(?: code)?|\bpasscode|bestätigungscode|código de verificación|"
    r"code de vérification|codice di verifica|验证码|認証コード"
)


def _ended(value: str) -> bool:
    return _told(value.rstrip(".,;:?!)"))


_PROSE = (
    Pattern(
        "password",
        _ANCHORS,
        rf"(?i){PASSWORDS}s?(?:{_WHOSE}{_SET}|{_IS})['\"`«„“]?{_SAID}",
        _ended,
    ),
    Pattern("password", ("пароль",), rf"(?i)пароль(?:\s[^\s:=.—–-]{{1,30}}){{0,3}}{_IS}{_SAID}", _ended),
    _text(
        "password",
        r"?\b(?:clave|parola)\b",
        rf"(?i)\b(?:clave|parola)(?: de acceso| d'accesso)?{_WHOSE}?\s{{0,2}}(?::|\ses\s|\sè\s)\s{{0,2}}{_SAID}",
        _ended,
    ),
    _text(
        "password",
        r"?(?:credentials?|creds|logins?|zugangsdaten|identifiants?|acceso)\W",
        r"(?i)\b(?:credentials?|creds|logins?|zugangsdaten|identifiants?|datos de acceso)\W{1,3}[\w.@-]{1,60}\s?[/:|]\s?"
        + _SAID,
        _ended,
    ),
    _text(
        "one_time_code",
        f"?(?:{_CODE})",
        rf"(?i)(?:{_CODE})[^\n\d]{{0,40}}?\b(\d{{4,8}}|\d{{3}}[- ]\d{{3}})\b",
    ),
    _text(
        "one_time_code",
        r"?\d{4} (?:is|as) ",
        r"(?i)\b(\d{4,8}) (?:is|as) (?:your|the|my|a)\b[^\n.]{0,40}?\b(?:code|passcode|otp|one[ -]time)",
    ),
    _text(
        "pin",
        r"?\bpin\b",
        r"\b(?:PIN|[Pp]in)(?: (?:code|number))?" + _WHOSE + r"?(?: (?:is|was)|\s?[:=])?\s{1,2}(\d{4,8})\b",
    ),
    _text(
        "card_code",
        r"?\b(?:cv[vc]2?|csc|security code|card verif|verification value)",
        r"(?i)\b(?:cvv2?|cvc2?|csc|security code|card verification (?:code|value)|verification value)\b[^\n\d]{0,25}?\b(\d{3,4})\b",
    ),
    _text(
        "credential",
        r"?\b(?:wi-?fi|wpa2?)[ -](?:key|pass|code)",
        rf"(?i)\b(?:wi-?fi|wpa2?)[ -](?:key|password|passphrase|code)\b(?: is|:)? {_SAID}",
        _ended,
    ),
    _text(
        "recovery_code",
        r"?(?:recovery|backup|emergency|rescue|scratch) codes?",
        r"(?i)\b(?:recovery|backup|emergency|rescue|scratch) codes?\b[^\n]{0,12}?\b((?:[a-z0-9]{4,10}-[a-z0-9]{4,10})(?:[-, ]{1,2}[a-z0-9]{4,10}-[a-z0-9]{4,10}){0,20})",
        has_digit,
    ),
    _text(
        "seed_phrase",
        r"?(?:phrase|mnemonic)\W{1,5}[a-z]{3,8} [a-z]{3,8} ",
        r"(?i)\b(?:seed|recovery|mnemonic|secret)(?: recovery)?(?: phrase)?\W{1,5}((?:[a-z]{3,8} ){11,23}[a-z]{3,8})\b",
    ),
)

_HEADERS = (
    Pattern(
        "authorization",
        ("bearer", "authorization"),
        r"(?i)(?:\bbearer\s{1,3}|authorization[\\\"']{0,3}\s{0,3}[:=]\s{0,3}[\\\"']{0,3}(?:(?:bearer|basic|token|apikey|digest|"
        r"negotiate|aws4-hmac-sha256)\s{1,3})?)([A-Za-z0-9._~+/=-]{12,})",
        has_digit,
    ),
    _text(
        "cookie",
        "cookie",
        r"(?i)\b(?:set-)?cookie2?[\\\"']{0,2}\s{0,2}:\s{0,2}[\\\"']{0,2}([\w.%-]{1,60}=[^\r\n\"']{6,1000})",
    ),
    _text(
        "cookie",
        r"?\s(?:--cookie|-b)[ =]",
        r"(?i)\s(?:--cookie|-b)[ =]['\"]?([\w.%-]{1,60}=[^\s'\"]{8,1000})",
    ),
    _text(
        "docker_auth",
        r"?\"(?:auth|identitytoken)\\?\"\s{0,3}:",
        r"\\?\"(?:auth|identitytoken)\\?\"\s{0,3}:\s{0,3}\\?\"([A-Za-z0-9+/]{8,}={0,2})",
        _is_pair,
    ),
    _text(
        "kube_config",
        "-data: token:",
        r"(?:client-key-data|client-certificate-data|token):\s{1,3}['\"]?([\w+/=.-]{32,})",
    ),
    _text(
        "credential",
        "accountkey sharedaccesskey",
        r"(?i)(?:AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{30,}={0,2})",
    ),
    _text(
        "password",
        r"?<(?:pass|secret|token|api-?key|private-?key)",
        r"(?i)<(?:password|passphrase|secret|token|api-?key|private-?key|secret-?key)>([^<\s]{4,300})</",
        is_secret_value,
    ),
    Pattern(
        "credential",
        ("_auth", "_password"),
        r"(?i)_(?:authToken|auth|password)\s{0,2}=\s{0,2}['\"]?([^\s'\"]{8,})",
        is_secret_value,
    ),
)

_NAMES = (
    *_assignments("password", PASSWORDS, _ANCHORS),
    *_assignments("credential", CREDENTIALS, ("secret", "key", "token")),
    Pattern("credential", ("token",), rf"(?i)token{_ASSIGN}[\"'\\]{{0,2}}([\w.~+/=:-]{{16,}})", _random),
    Pattern(
        "credential",
        ("_pass", "_key", "_token", "_secret", "_pwd", "_cred", "_auth", "_dsn"),
        r"\b[A-Z][A-Z0-9_]{1,40}_(?:PASS|KEY|TOKEN|SECRET|PWD|CREDENTIALS?|AUTH)[\"'\\]{0,2}\s{0,2}[=:]\s{0,2}[\"'\\]{0,2}"
        r"([^\s\"'\\,;]{8,300})",
        lambda value: has_digit(value) and is_secret_value(value),
        named=True,
    ),
)

_CARD = Pattern(
    "card",
    (rf"{PROBE}\d{{4}}[ .-]?\d{{4,6}}[ .-]?\d{{4}}",),
    r"\b(?:\d{4}[ .-]\d{4}[ .-]\d{4}[ .-]\d{4}|3[47]\d{2}[ .-]\d{6}[ .-]\d{5}|\d{13,19})\b",
    is_card,
    is_no_fraction,
)


@cache
def secret_patterns() -> tuple[Pattern, ...]:
    """All patterns for secrets; the more specific first."""
    ours = (*_TOKENS, *_IN_URLS, *_HEADERS, *_COMMANDS, *_HASHES, *_NAMES, *_PROSE)
    return (*ours, *gitleaks_patterns(), _CARD)


_PASSWORD_FIELD = re.compile(
    rf"(?:\w{{0,60}}[_-])?{PASSWORDS}|(?:\w{{1,60}}_)?pass|\w{{1,40}}Password", re.IGNORECASE
)
_CREDENTIAL_FIELD = re.compile(rf"(?:\w{{0,60}}[_-])?{CREDENTIALS}", re.IGNORECASE)
_HEADER_FIELD = re.compile(r"(?:proxy-)?authorization|(?:set-)?cookies?", re.IGNORECASE)
_TOKEN_FIELD = re.compile(
    r"token|auth|x-[\w-]{0,20}(?:key|token)|\w{1,20}(?:Token|ApiKey|SecretKey)", re.IGNORECASE
)
_CARD_FIELD = re.compile(r"(?:\w{0,30}_)?(?:card_?(?:number|no)|pan|cc_?(?:number|num))", re.IGNORECASE)
_CODE_FIELD = re.compile(
    r"cvv2?|cvc2?|card_?(?:security|verification)_?code|(?:\w{0,20}_)?pin(?:_?code)?|otp(?:_?code)?|(?:verification|one_?time|2fa|mfa)_?code",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"(?:bearer|basic|token|apikey|digest) +(?=\S)", re.IGNORECASE)
_FIELDS = (
    ("password", _PASSWORD_FIELD),
    ("credential", _CREDENTIAL_FIELD),
    ("authorization", _HEADER_FIELD),
    ("token", _TOKEN_FIELD),
    ("card", _CARD_FIELD),
    ("code", _CODE_FIELD),
)


def secret_by_field(text: str, name: str, *, number: bool = False) -> Found | None:
    """The secret in a text or a number, judged by the name of its field.

    A password may hold spaces, a credential may not. The field name `token` is often harmless, so the value must
    also be a single word of at least 16 characters with a digit. A number is a secret in the field of a password, a
    card or a code.
    """
    kind = _field_kind(name[-100:])
    if not kind or not text:
        return None
    whole = Found(0, len(text), kind)
    if kind == "card":
        return whole if 12 <= len(re.sub(r"\D", "", text)) <= 19 else None
    if kind == "code":
        return whole._replace(kind="pin") if text.isdecimal() and 3 <= len(text) <= 8 else None
    if number:
        return whole if kind == "password" else None
    if not is_secret_value(text):
        return None
    scheme = _SCHEME.match(text)
    one_word = " " not in text.strip()
    if kind == "authorization":
        start = scheme.end() if scheme else 0
        return whole._replace(start=start) if start or has_digit(text) else None
    if kind == "token":
        return whole._replace(kind="credential") if one_word and (_random(text) or _is_pair(text)) else None
    return whole if kind == "password" or one_word else None


@lru_cache(maxsize=4096)
def _field_kind(name: str) -> str:
    return next((kind for kind, pattern in _FIELDS if pattern.fullmatch(name)), "")
