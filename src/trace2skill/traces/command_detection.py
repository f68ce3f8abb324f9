"""Patterns for secrets that are arguments of commands."""

from collections.abc import Callable

from trace2skill.traces.patterns import Pattern, split_anchors
from trace2skill.traces.secret_values import is_no_word, is_random, is_secret_value, is_told


def text_pattern(kind: str, anchors: str, regex: str, accept: Callable[[str], bool] = bool) -> Pattern:
    """A pattern whose anchors are words in one text, or one probe."""
    return Pattern(kind, split_anchors(anchors), regex, accept)


_ANY = r"['\"]?([^\s'\"|;&]{3,100})"
COMMANDS = (
    text_pattern(
        "password", "mysql mariadb", r"\b(?:mysql\w{0,10}|mariadb(?:-\w{1,10})?)\b[^\n|;&]{0,300}?\s-p" + _ANY
    ),
    text_pattern(
        "password",
        r"?\bcurl\b",
        r"\bcurl\b[^\n|]{0,400}?\s(?:-u|--user|-U|--proxy-user)[ =]?['\"]?[^\s:'\"]{0,64}:([^\s'\"]{1,200})",
        is_secret_value,
    ),
    text_pattern("password", "sshpass", r"\bsshpass\s{1,3}-p\s{0,3}" + _ANY),
    text_pattern(
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
    text_pattern(
        "password",
        "convertto-securestring",
        r"(?i)ConvertTo-SecureString\s{1,3}(?:-String\s{1,3})?['\"]([^'\"\n]{3,100})",
        is_secret_value,
    ),
    text_pattern(
        "password",
        "freerdp rdesktop",
        r"\b(?:[a-z]{0,3}freerdp3?|rdesktop)\b[^\n|;&]{0,200}?\s[/-]p[: ]?" + _ANY,
    ),
    text_pattern("password", "sqlcmd isql", r"\b(?:sqlcmd|isql)\b[^\n|;&]{0,300}?\s-P\s?" + _ANY),
    text_pattern(
        "password",
        "networkcredential(",
        r"NetworkCredential\(\s{0,3}[^,\n]{1,80},\s{0,3}@?['\"]([^'\"\n]{3,100})['\"]",
        is_secret_value,
    ),
    text_pattern("password", "lftp", r"\blftp\b[^\n|;&]{0,200}?\s-u\s?[^\s,]{1,60},([^\s'\",]{3,100})"),
    text_pattern("password", "openssl", r"\bopenssl\b[^\n|;&]{0,200}?\s-[kK]\s{1,3}" + _ANY, is_secret_value),
    text_pattern(
        "password",
        "storepass keypass",
        r"\s-{1,2}(?:src|dest)?(?:store|key)pass(?:word)?[= ]\s{0,3}" + _ANY,
        is_secret_value,
    ),
    text_pattern(
        "password",
        "identified_by identified_with",
        r"(?i)\b(?:user|role|to)\b[^\n;]{0,120}?\sidentified (?:with \S{1,40} )?by\s{1,3}(?:password\s{1,3})?['\"]([^'\"\n]{3,200})['\"]",
        is_secret_value,
    ),
    text_pattern("password", "ldap", r"\bldap\w{1,12}\b[^\n|;&]{0,300}?\s-w[ =]" + _ANY, is_secret_value),
    text_pattern(
        "password",
        r"?(?:-u|user=?)\s{0,2}['\"]?[\w.\\/-]+%",
        r"(?:-U|--user=?|user=)\s{0,2}['\"]?[\w.\\/-]{1,60}%" + _ANY,
    ),
    text_pattern("password", "-pass", r"-pass(?:in|out|word)?\s{1,2}['\"]?pass:([^\s'\"]{3,100})"),
    text_pattern(
        "password",
        "sudo",
        r"\becho\s{1,3}(?:-n\s{1,3})?(?:'([^'\n]{3,100})'|\"([^\"\n]{3,100})\"|([^\s'\"|]{3,100}))\s{0,3}\|\s{0,3}sudo\s{1,3}"
        r"(?:-\w\s{1,3})?-\w{0,3}S",
        is_secret_value,
    ),
    text_pattern(
        "password",
        "net_use",
        r"(?i)\bnet use\b[^\n]{0,200}?/user:\S{1,60}\s{1,3}([^\s\"'/]{3,100})",
        is_secret_value,
    ),
    text_pattern(
        "password",
        "net_use",
        r"(?i)\bnet use\s{1,3}(?:\w:\s{1,3})?\\\\\S{1,100}\s{1,3}([^\s\"'/]{3,100})\s{1,3}/user:",
    ),
    text_pattern(
        "password",
        "htpasswd",
        r"\bhtpasswd\s{1,3}-\w{0,4}b\w{0,4}\s{1,3}\S{1,200}\s{1,3}\S{1,60}\s{1,3}" + _ANY,
    ),
    text_pattern(
        "password",
        r"?\b(?:zip|unzip|7z\w?|unrar|rar)\b[^\n|;&]*\s-p",
        r"\b(?:zip|unzip|7z\w?|unrar|rar)\b[^\n|;&]{0,200}?\s-(?:P\s?|p)" + _ANY,
        is_told,
    ),
    text_pattern(
        "password",
        "chpasswd passwd",
        r"\becho\s{1,3}['\"]?[\w.-]{1,40}:([^\s'\"|]{3,100})['\"]?\s{0,3}\|\s{0,3}(?:sudo\s{1,3})?chpasswd",
    ),
    text_pattern(
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
    text_pattern(
        "password",
        r"?\slogin\s{1,9}\S",
        r"\bmachine\s{1,9}\S{1,200}\s{1,9}login\s{1,9}\S{1,100}\s{1,9}password\s{1,9}(\S{3,200})",
    ),
    text_pattern(
        "password",
        r"?[\w*.-]:(?:\d{4,5}|\*):[\w*-]",
        r"(?:^|[\s\"'])[\w*.-]{1,100}:(?:\d{4,5}|\*):[\w*-]{1,60}:[\w*-]{1,60}:([^\s:\"']{4,100})(?:[\s\"']|\z)",
        lambda value: is_told(value) or is_random(value),
    ),
)
