"""Patterns for secrets that only what stands before them tells: names, headers, prose."""

from trace2skill.traces.command_detection import text_pattern
from trace2skill.traces.patterns import Pattern
from trace2skill.traces.secret_values import (
    has_digit,
    is_login,
    is_no_identifier,
    is_no_word,
    is_random,
    is_secret_value,
    is_told,
)

PASSWORDS = (
    r"(?:passw(?:or)?d|passphrase|passcode|pwd|passwort|kennwort|contrase(?:ñ|n)a|senha|mot[ _]de[ _]passe|wachtwoord|"
    r"has(?:ł|l)o|parola d'ordine|l(?:ö|o)senord|пароль|пароля|密码|密碼|口令|パスワード|비밀번호|ş(?:i|İ)fre|كلمة (?:المرور|السر)|पासवर्ड|"
    r"mật khẩu|kata sandi|κωδικός πρόσβασης|heslo|jelsz(?:ó|o)|salasana|adgangskode|passord|סיסמה|รหัสผ่าน|(?:become|ssh|db|user|smtp|imap|ftp|mail|ldap|admin|root|mysql|pg|redis|sudo|proxy|http|store|key)[_-]?pass)"
)
CREDENTIALS = (
    r"(?:(?:client|app|consumer|shared|webhook|signing|jwt|api|session|oauth|cookie)[_-]?secret|"
    r"secret(?:[_-]?(?:access)?[_-]?key)?|"
    r"(?:api|app|access|private|account|auth|encryption|signing|secret|master|service|license|deploy|storage|shared|"
    r"admin|subscription|consumer|wi-?fi|wpa|security)[_ -]?key|"
    r"(?:auth|access|refresh|session|bearer|api|id|secret|private|personal|security|bot|deploy|service|user|"
    r"personal[_-]access)[_-]?token|client-key-data)"
)
_WORDS = (
    "pass|pwd|kennwort|contrase|senha|wachtwoord|has[łl]o|parola|l[öo]senord|парол|密|口令|パスワード|비밀번호|[iİ]fre|"
    "كلمة|पासवर्ड|mật|sandi|κωδικός|heslo|jelsz|salasana|adgang|סיסמה|รหัสผ่าน|key|secret|token"
)
"""Of these one is in whatever `PASSWORDS` and `CREDENTIALS` match."""

_SUFFIX = r"(?:[_-]?\d{1,3})?"
_ASSIGN = r"[\\\"'`\]]{0,8}\s{0,3}(?:=>|:=|={1,3}|[:：])\s{0,3}"
_BARE = r"[^\s\"'`,;&<>{}\[\]()\\，。、；「」]"
_QUOTED = (
    r"(?:\\{1,7}\"([^\"\n\\]{1,300})|\"((?:[^\"\n\\]|\\.){1,300})\"|\\?'([^'\n]{1,300})'|`([^`\n]{1,300})`)"
)


def _assignments(kind: str, key: str) -> tuple[Pattern, ...]:
    assigned = (rf"{_WORDS}?{key}{_SUFFIX}[\\\"'`\]]{{0,8}}\s{{0,3}}[=:：]",)
    named = rf"(?i){key}{_SUFFIX}{_ASSIGN}"
    return (
        Pattern(kind, assigned, named + _QUOTED, is_secret_value),
        Pattern(kind, assigned, rf"(?i){key}{_SUFFIX}=({_BARE}{{4,200}})", is_no_identifier),
        Pattern(kind, assigned, rf"{named}({_BARE}{{4,200}})", is_no_word),
        Pattern(
            kind,
            (f"{_WORDS}?{key} ",),
            rf"(?i){key}(?: (?:is|was) | )({_BARE}{{4,100}}[^\s\"'`,;.?!。])",
            is_told,
        ),
    )


_SET = r"(?:\s{0,2}(?:[:=：—–-]|=>)\s{0,3}|\s(?:is|was|now|ist|war|lautet|est|es|era|é|è|e|to|jest|är|это):?\s{1,2}(?:(?:now|jetzt|nun|maintenant|ahora|adesso|agora)\s{1,2})?|(?:は|是|为|為|는|은)\s{0,2}[:：]?\s{0,2})"
_IS = rf"(?:{_SET}|\s(?:to\s)?)"
_WHOSE = r"(?:\s(?:for|of|on|to|at|für|von|vom|zum|zur|pour|de|du|des|del|della|do|da|di|per|voor|van|dla|для|администратора|администратор)\s[\wÀ-ӿ.@'-]{1,40}(?:\s[\wÀ-ӿ.@'-]{1,40}){0,4}?)"
_SAID = r"([\x21\x23-\x26\x28-\x2b\x2d-\x3a\x3c-\x7e]{4,100})"
_CODE = (
    r"(?:verification|security|one[ -]time|2fa|two[ -]factor|mfa|login|sign[ -]?in|auth(?:entication)?|access)[ -]"
    r"(?:pass)?(?:code|pin|password|token)s?|\botp(?: code)?|\bpasscode|bestätigungscode|código de verificación|"
    r"code de vérification|codice di verifica|验证码|認証コード"
)


def _ended(value: str) -> bool:
    return is_told(value.rstrip(".,;:?!)"))


PROSE = (
    Pattern(
        "password",
        (f"{_WORDS}?{PASSWORDS}",),
        rf"(?i){PASSWORDS}s?(?:{_WHOSE}{_SET}|{_IS})['\"`«„“]?{_SAID}",
        _ended,
    ),
    Pattern(
        "password",
        (f"{_WORDS}?{PASSWORDS}",),
        rf"(?i){PASSWORDS}(?:\s[\w']{{1,20}}){{1,5}}?\s(?:is|was):?\s{{1,2}}{_SAID}",
        _ended,
    ),
    text_pattern(
        "password",
        r"? (?:as|is) (?:the |a |an |my |your |its )?pass(?:word|phrase|code)\b",
        rf"(?i){_SAID} (?:as|is) (?:the |a |an |my |your |its )?(?:password|passphrase|passcode)\b",
        _ended,
    ),
    text_pattern("password", r"?\bpw\b", rf"(?i)\bpw\s{{0,2}}(?:[:=]|\bis\b)\s{{0,2}}{_SAID}", _ended),
    Pattern("password", ("пароль",), rf"(?i)пароль(?:\s[^\s:=.—–-]{{1,30}}){{0,3}}{_IS}{_SAID}", _ended),
    text_pattern(
        "password",
        r"?\b(?:clave|parola)\b",
        rf"(?i)\b(?:clave|parola)(?: de acceso| d'accesso)?{_WHOSE}?\s{{0,2}}(?::|\ses\s|\sè\s)\s{{0,2}}{_SAID}",
        _ended,
    ),
    text_pattern(
        "password",
        r"?(?:credentials?|creds|logins?|zugangsdaten|identifiants?|acceso)\W",
        r"(?i)\b(?:credentials?|creds|logins?|zugangsdaten|identifiants?|datos de acceso)\W{1,3}[\w.@-]{1,60}\s?[/:|]\s?"
        + _SAID,
        _ended,
    ),
    text_pattern(
        "one_time_code",
        f"?(?:{_CODE})",
        rf"(?i)(?:{_CODE})[^\n\d]{{0,40}}?\b(\d{{4,8}}|\d{{3}}[- ]\d{{3}})\b",
    ),
    text_pattern(
        "one_time_code",
        r"?\d{4} (?:is|as) ",
        r"(?i)\b(\d{4,8}) (?:is|as) (?:your|the|my|a)\b[^\n.]{0,40}?\b(?:code|passcode|otp|one[ -]time)",
    ),
    text_pattern(
        "one_time_code",
        r"?code:?(?: is)? \d{4}",
        r"(?i)(?:^|[.!\n\"] ?)(?:your |the |this )?code:?(?: is)? (\d{4,8})\b[^\n]{0,60}\b(?:share|expires?|valid for|log ?in|sign ?in|verify)\b",
    ),
    text_pattern(
        "pin",
        r"?\bpin\b",
        r"\b(?:PIN|[Pp]in)(?: (?:code|number))?"
        + _WHOSE
        + r"?(?: (?:is|was|lautet|ist|est|es|è|é)|\s?[:=])?\s{1,2}(\d{4,8})\b",
    ),
    text_pattern("one_time_code", r"?\btan\b", r"\bTAN\b[^\n\d]{0,40}?\b(\d{6})\b"),
    text_pattern(
        "pin",
        r"?\b(?:door|gate|alarm|lock|safe|entry|building|locker)[ -]?code\b",
        r"(?i)\b(?:door|gate|alarm|lock|safe|entry|building|locker)[ -]?code\b(?: is|:| =)? {1,2}#?(\d{3,8})\b",
    ),
    text_pattern(
        "password",
        r"?app[ -]passwords?\W{1,3}[a-z]{4} [a-z]{4} ",
        r"(?i)app[ -]passwords?\W{1,3}((?:[a-z]{4} ){3}[a-z]{4})\b",
    ),
    text_pattern(
        "card_code",
        r"?\b(?:cv[vc]2?|csc|security code|card verif|verification value)",
        r"(?i)\b(?:cvv2?|cvc2?|csc|security code|card verification (?:code|value)|verification value)\b[^\n\d]{0,25}?\b(\d{3,4})\b",
    ),
    text_pattern(
        "credential",
        r"?\b(?:wi-?fi|wpa2?)[ -](?:key|pass|code)",
        rf"(?i)\b(?:wi-?fi|wpa2?)[ -](?:key|password|passphrase|code)\b(?: is|:)? {_SAID}",
        _ended,
    ),
    text_pattern(
        "recovery_code",
        r"?(?:recovery|backup|emergency|rescue|scratch) codes?",
        r"(?i)\b(?:recovery|backup|emergency|rescue|scratch) codes?\b[^\n]{0,12}?\b((?:[a-z0-9]{4,10}-[a-z0-9]{4,10})(?:[-, ]{1,2}[a-z0-9]{4,10}-[a-z0-9]{4,10}){0,20})",
        has_digit,
    ),
    text_pattern(
        "seed_phrase",
        r"?(?:phrase|mnemonic)\W{1,5}[a-z]{3,8} [a-z]{3,8} ",
        r"(?i)\b(?:(?:seed|recovery|mnemonic|secret)(?: recovery)? phrase|mnemonic)\W{1,5}((?:[a-z]{3,8} ){11,23}[a-z]{3,8})\b",
    ),
)

HEADERS = (
    Pattern(
        "authorization",
        ("bearer", "authorization"),
        r"(?i)(?:\bbearer\s{1,3}|authorization[\\\"']{0,3}\s{0,3}[:=]\s{0,3}[\\\"']{0,3}(?:(?:bearer|basic|token|apikey|digest|"
        r"negotiate|aws4-hmac-sha256)\s{1,3})?)([A-Za-z0-9._~+/=-]{12,})",
        has_digit,
    ),
    text_pattern(
        "cookie",
        r"?cookie2?[\\\"']{0,2}\s{0,2}:",
        r"(?i)\b(?:set-)?cookie2?[\\\"']{0,2}\s{0,2}:\s{0,2}[\\\"']{0,2}([\w.%-]{1,60}=[^\r\n\"']{6,1000})",
    ),
    text_pattern(
        "cookie",
        r"?\s(?:--cookie|-b)[ =]",
        r"(?i)\s(?:--cookie|-b)[ =]['\"]?([\w.%-]{1,60}=[^\s'\"]{8,1000})",
    ),
    text_pattern(
        "cookie",
        "document.cookie",
        r"document\.cookie\s{0,2}=\s{0,2}[\"'`]([\w.%-]{1,60}=[^\"'`\n]{6,1000})",
    ),
    text_pattern(
        "docker_auth",
        r"?\"(?:auth|identitytoken)\\?\"\s{0,3}:",
        r"\\?\"(?:auth|identitytoken)\\?\"\s{0,3}:\s{0,3}\\?\"([A-Za-z0-9+/]{8,}={0,2})",
        is_login,
    ),
    text_pattern(
        "kube_config",
        "-data: token:",
        r"(?:client-key-data|client-certificate-data|token):\s{1,3}['\"]?([\w+/=.-]{32,})",
    ),
    text_pattern(
        "credential",
        "accountkey sharedaccesskey",
        r"(?i)(?:AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{30,}={0,2})",
    ),
    text_pattern(
        "password",
        r"?<(?:pass|secret|token|api-?key|private-?key)",
        r"(?i)<(?:password|passphrase|secret|token|api-?key|private-?key|secret-?key)>([^<\s]{4,300})</",
        is_secret_value,
    ),
    text_pattern(
        "credential",
        r"?(?:pass(?:word)?|secret|token|api-?key)</key>",
        r"(?i)(?:pass(?:word)?|secret|token|api-?key)</key>\s{0,20}<string>([^<\s]{4,300})</",
        is_secret_value,
    ),
    Pattern(
        "credential",
        ("_auth", "_password"),
        r"(?i)_(?:authToken|auth|password)\s{0,2}=\s{0,2}['\"]?([^\s'\"]{8,})",
        is_no_identifier,
    ),
)

NAMES = (
    *_assignments("password", PASSWORDS),
    *_assignments("credential", CREDENTIALS),
    Pattern("credential", ("token",), rf"(?i)token{_ASSIGN}[\"'\\]{{0,2}}([\w.~+/=:-]{{16,}})", is_random),
    Pattern(
        "credential",
        ("_pass", "_key", "_token", "_secret", "_pwd", "_cred", "_auth", "_pat"),
        r"\b[A-Z][A-Z0-9_]{1,40}_(?:PASS|KEY|TOKEN|SECRET|PWD|PAT|CREDENTIALS?|AUTH)[\"'\\]{0,2}\s{0,2}[=:]\s{0,2}[\"'\\]{0,2}"
        r"([^\s\"'\\,;]{8,300})",
        lambda value: has_digit(value) and is_secret_value(value),
        named=True,
    ),
)
