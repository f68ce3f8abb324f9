"""Patterns for secrets that only what stands before them tells: names, commands, headers, prose."""

from collections.abc import Callable

from trace2skill.traces.patterns import Pattern, split_anchors
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


def _text(kind: str, anchors: str, regex: str, accept: Callable[[str], bool] = bool) -> Pattern:
    return Pattern(kind, split_anchors(anchors), regex, accept)


_ANY = r"['\"]?([^\s'\"|;&]{3,100})"
COMMANDS = (
    _text(
        "password", "mysql mariadb", r"\b(?:mysql\w{0,10}|mariadb(?:-\w{1,10})?)\b[^\n|;&]{0,300}?\s-p" + _ANY
    ),
    _text(
        "password",
        r"?\bcurl\b",
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
    _text(
        "password",
        "convertto-securestring",
        r"(?i)ConvertTo-SecureString\s{1,3}(?:-String\s{1,3})?['\"]([^'\"\n]{3,100})",
        is_secret_value,
    ),
    _text(
        "password",
        "freerdp rdesktop",
        r"\b(?:[a-z]{0,3}freerdp3?|rdesktop)\b[^\n|;&]{0,200}?\s[/-]p[: ]?" + _ANY,
    ),
    _text("password", "sqlcmd isql", r"\b(?:sqlcmd|isql)\b[^\n|;&]{0,300}?\s-P\s?" + _ANY),
    _text(
        "password",
        "networkcredential(",
        r"NetworkCredential\(\s{0,3}[^,\n]{1,80},\s{0,3}@?['\"]([^'\"\n]{3,100})['\"]",
        is_secret_value,
    ),
    _text("password", "lftp", r"\blftp\b[^\n|;&]{0,200}?\s-u\s?[^\s,]{1,60},([^\s'\",]{3,100})"),
    _text("password", "openssl", r"\bopenssl\b[^\n|;&]{0,200}?\s-[kK]\s{1,3}" + _ANY, is_secret_value),
    _text(
        "password",
        "storepass keypass",
        r"\s-{1,2}(?:src|dest)?(?:store|key)pass(?:word)?[= ]\s{0,3}" + _ANY,
        is_secret_value,
    ),
    _text(
        "password",
        "identified_by identified_with",
        r"(?i)\b(?:user|role|to)\b[^\n;]{0,120}?\sidentified (?:with \S{1,40} )?by\s{1,3}(?:password\s{1,3})?['\"]([^'\"\n]{3,200})['\"]",
        is_secret_value,
    ),
    _text("password", "ldap", r"\bldap\w{1,12}\b[^\n|;&]{0,300}?\s-w[ =]" + _ANY, is_secret_value),
    _text(
        "password",
        r"?(?:-u|user=?)\s{0,2}['\"]?[\w.\\/-]+%",
        r"(?:-U|--user=?|user=)\s{0,2}['\"]?[\w.\\/-]{1,60}%" + _ANY,
    ),
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
        "net_use",
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
        r"?\b(?:zip|unzip|7z\w?|unrar|rar)\b[^\n|;&]*\s-p",
        r"\b(?:zip|unzip|7z\w?|unrar|rar)\b[^\n|;&]{0,200}?\s-(?:P\s?|p)" + _ANY,
        is_told,
    ),
    _text(
        "password",
        "chpasswd passwd",
        r"\becho\s{1,3}['\"]?[\w.-]{1,40}:([^\s'\"|]{3,100})['\"]?\s{0,3}\|\s{0,3}(?:sudo\s{1,3})?chpasswd",
    ),
    _text(
        "password",
        r"?--(?:[a-z]{1,12}-)?(?:pass|pwd|token|api|secret|access|private|auth)",
        r"(?i)--(?:[a-z]{1,12}-)?(?:passw(?:or)?d|passphrase|pass|pwd|token|api-?key|secret(?:-key)?|access-key|private-key|"
        r"auth)(?:=|\s{1,3})['\"]?([^\s'\"|;&-][^\s'\"|;&]{3,200})",
        is_no_word,
    ),
    Pattern(
        "credential",
        ("aws_secret_access_key", "aws_session_token"),
        r"aws_(?:secret_access_key|session_token)\s{1,3}([\w+/=]{20,})",
    ),
    _text(
        "password",
        r"?\slogin\s{1,9}\S",
        r"\bmachine\s{1,9}\S{1,200}\s{1,9}login\s{1,9}\S{1,100}\s{1,9}password\s{1,9}(\S{3,200})",
    ),
    _text(
        "password",
        r"?[\w*.-]:(?:\d{4,5}|\*):[\w*-]",
        r"(?:^|[\s\"'])[\w*.-]{1,100}:(?:\d{4,5}|\*):[\w*-]{1,60}:[\w*-]{1,60}:([^\s:\"']{4,100})(?:[\s\"']|\z)",
        lambda value: is_told(value) or is_random(value),
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
    _text(
        "password",
        r"? (?:as|is) (?:the |a |an |my |your |its )?pass(?:word|phrase|code)\b",
        rf"(?i){_SAID} (?:as|is) (?:the |a |an |my |your |its )?(?:password|passphrase|passcode)\b",
        _ended,
    ),
    _text("password", r"?\bpw\b", rf"(?i)\bpw\s{{0,2}}(?:[:=]|\bis\b)\s{{0,2}}{_SAID}", _ended),
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
        "one_time_code",
        r"?code:?(?: is)? \d{4}",
        r"(?i)(?:^|[.!\n\"] ?)(?:your |the |this )?code:?(?: is)? (\d{4,8})\b[^\n]{0,60}\b(?:share|expires?|valid for|log ?in|sign ?in|verify)\b",
    ),
    _text(
        "pin",
        r"?\bpin\b",
        r"\b(?:PIN|[Pp]in)(?: (?:code|number))?"
        + _WHOSE
        + r"?(?: (?:is|was|lautet|ist|est|es|è|é)|\s?[:=])?\s{1,2}(\d{4,8})\b",
    ),
    _text("one_time_code", r"?\btan\b", r"\bTAN\b[^\n\d]{0,40}?\b(\d{6})\b"),
    _text(
        "pin",
        r"?\b(?:door|gate|alarm|lock|safe|entry|building|locker)[ -]?code\b",
        r"(?i)\b(?:door|gate|alarm|lock|safe|entry|building|locker)[ -]?code\b(?: is|:| =)? {1,2}#?(\d{3,8})\b",
    ),
    _text(
        "password",
        r"?app[ -]passwords?\W{1,3}[a-z]{4} [a-z]{4} ",
        r"(?i)app[ -]passwords?\W{1,3}((?:[a-z]{4} ){3}[a-z]{4})\b",
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
    _text(
        "cookie",
        r"?cookie2?[\\\"']{0,2}\s{0,2}:",
        r"(?i)\b(?:set-)?cookie2?[\\\"']{0,2}\s{0,2}:\s{0,2}[\\\"']{0,2}([\w.%-]{1,60}=[^\r\n\"']{6,1000})",
    ),
    _text(
        "cookie",
        r"?\s(?:--cookie|-b)[ =]",
        r"(?i)\s(?:--cookie|-b)[ =]['\"]?([\w.%-]{1,60}=[^\s'\"]{8,1000})",
    ),
    _text(
        "cookie",
        "document.cookie",
        r"document\.cookie\s{0,2}=\s{0,2}[\"'`]([\w.%-]{1,60}=[^\"'`\n]{6,1000})",
    ),
    _text(
        "docker_auth",
        r"?\"(?:auth|identitytoken)\\?\"\s{0,3}:",
        r"\\?\"(?:auth|identitytoken)\\?\"\s{0,3}:\s{0,3}\\?\"([A-Za-z0-9+/]{8,}={0,2})",
        is_login,
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
    _text(
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
