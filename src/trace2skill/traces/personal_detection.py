"""Finds what belongs to a person by its form and check digits, and by what introduces it."""

import ipaddress
import re
from collections.abc import Callable
from functools import cache

from trace2skill.traces import check_digits
from trace2skill.traces.check_digits import digits_of
from trace2skill.traces.patterns import Pattern, begins_alone, split_anchors

NOT_PEOPLE = frozenset(
    """
    admin administrator all app appuser builder ci circleci codespace daemon data default deploy dev docker ec2-user
    everyone git github gitlab guest home jenkins jovyan linuxbrew local localhost me model mysql name nobody node none null oracle
    postgres public pi root runner sandbox service shared site src sshd svc system test tmp ubuntu user username users
    vagrant vscode www www-data you your yourname
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
"""Names of accounts that are no person's."""

PLAIN_WORDS = frozenset(
    """
    able april august black blue brown card case chance china chip christian cook customer day dawn dean don drew england
    faith field forest frank friday gold good grace grant gray green guest hall hill home hope house hunter iris israel
    ivory jordan joy june king lake lane last law long love major mark max may mercy miles monday more name north page
    park paris piper price prince rich river rob rock rose rusty sage sky smart south stone storm summer sunday sunny
    test user victor violet virginia ward way west white will winter wood young
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
"""Names that are common words too; alone they are only replaced where a field or an introduction marks them."""

_UP = "A-ZÀ-ÖØ-ÞĀ-ŽΑ-ΩА-ЯЁ"
_LETTER = "A-Za-zÀ-ÖØ-öø-ɏΑ-ωА-яёЁ"
_CAP = rf"[{_UP}][{_LETTER}'’-]+"
_BETWEEN = rf"(?:[{_UP}]\.[ \t]|(?:de|da|dos|van|von|der|den|el|al|bin|la|le|di|du|ten|ter)[ \t])?"
_NAME = rf"{_CAP}(?:[ \t]{_BETWEEN}{_CAP}){{0,3}}"
_FULL = rf"{_CAP}(?:[ \t]{_BETWEEN}{_CAP}){{1,3}}"
_SPACE = r"[ \t]{1,3}"
_WHO = (
    r"(?:[Cc]ustomer|[Cc]lient|[Pp]assenger|[Pp]atient|[Cc]ontact|[Ff]ull|[Ff]irst|[Ll]ast|[Gg]iven|[Ff]amily|[Ss]ur|"
    r"[Mm]iddle|[Gg]uest|[Cc]ardholder|[Cc]ard holder|[Aa]ccount holder|[Ee]mployee|[Mm]ember|[Rr]ecipient|[Ss]ender|"
    r"[Hh]older|[Ss]ubscriber|[Tt]enant|[Bb]uyer|[Ss]eller|[Uu]ser|[Oo]wner|[Cc]aller|[Ss]tudent)"
)
_STREET_EN = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Court|Ct|Boulevard|Blvd|Way|Place|Pl|Square|Terrace|Parkway|"
    r"Pkwy|Highway|Hwy|Circle|Crescent|Close)"
)
_CONTACT = r"(?i:e-?mail|phone|mobile|address|birth|dob)"
_CALLED = r"(?: (?i:number|no\.?|nr\.?|is|number is|um|unter))?[^\w\n+]{0,4}"
_ADDRESS_WORDS = r"(?:address|adresse|anschrift|dirección|indirizzo|endereço)"
_HIS_NAME = r"(?:my name is|my name's|the name is|name on the (?:card|account) is)"
_MY_NAME = r"(?:ich heiße|ich heisse|mein name ist|me llamo|mi nombre es|je m'appelle|mi chiamo|meu nome é)"
_REGARDS = (
    r"(?:(?:best|kind|warm) regards|regards|sincerely|yours truly|best wishes|cheers|viele grüße|"
    r"mit freundlichen grüßen|(?:many )?thanks|thank you)"
)
_NAME_CJK = r"(?:姓名|氏名|名前|联系人|聯絡人|收件人|이름|성명|성함)\s?[:：]\s{0,2}"
_ADDRESS_CJK = r"(?:地址|住址|住所|주소)\s?[:：]\s{0,2}"
_FIRST_OR_LAST = r"(?:prénom|apellidos?|cognome|sobrenome|vorname|nachname|familienname)"
_PHONE_CJK = r"(?:手机|手機|电话|電話|携帯|전화|휴대폰)(?:号码?|號碼?|番号|번호)?\s?(?:[:：]|是|は)?\s{0,2}"
_PHONE_WORDS = (
    r"(?i:phone|telephone|tel|mobile|cell(?:phone)?|fax|whatsapp|sms|telefon\w{0,6}|t[ée]l[ée]fono|t[ée]l[ée]phone|celular|handy|"
    r"movil|móvil|portable|call(?: (?:me|us|him|her|them|back))?(?: (?:at|on))?|reach (?:me|us|him|her|them) (?:at|on)|"
    r"text (?:me|us) (?:at|on)|contact number|dial|ring(?: (?:me|us|him|her))?(?: (?:at|on))?)"
)


def _is_phone(value: str) -> bool:
    """Whether a number can be dialled: 7 to 15 digits, and none of a date's forms."""
    digits = digits_of(value)
    dated = re.fullmatch(r"(?:19|20)\d\d[-./]\d\d[-./]\d\d.*|\d\d[-./]\d\d[-./](?:19|20)\d\d.*", value)
    return 7 <= len(digits) <= 15 and not dated and len(set(digits)) > 1


def _is_north_american(value: str) -> bool:
    digits = digits_of(value)[-10:]
    return len(digits) == 10 and digits[0] not in "01" and len(set(digits)) > 2


def is_machine_address(value: str) -> bool:
    """Whether a text is an IP address that tells one machine from another."""
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return False
    short = address.version == 6 and (len([part for part in value.split(":") if part]) < 3)
    return not (address.is_loopback or address.is_unspecified or address.is_multicast or short) and not value.endswith(".0") and value not in {
        "255.255.255.255", "255.255.255.0", "255.255.0.0", "8.8.8.8", "1.1.1.1",
    }  # fmt: skip


def _is_host(value: str) -> bool:
    """Whether a name in a text is a machine's: it holds a digit or a hyphen, as no variable does."""
    return any(char.isdigit() or char == "-" for char in value) and value.lower() not in NOT_PEOPLE


def is_account(value: str) -> bool:
    """Whether an account's name can be a person's."""
    return value.lower() not in NOT_PEOPLE and len(value) > 1 and not value.isdigit()


def _is_mail(value: str) -> bool:
    local, _, domain = value.rpartition("@")
    return local.lower() not in {"git", "hg", "noreply", "no-reply"} and not domain.endswith(
        (".local", ".png", ".svg", ".js")
    )


_TYPES = frozenset(
    [
        "Annotated",
        "Any",
        "Boolean",
        "Field",
        "List",
        "Literal",
        "None",
        "Null",
        "Optional",
        "Required",
        "String",
        "Text",
        "Union",
        "Unknown",
    ]
)


def _is_name(value: str) -> bool:
    words = re.findall(r"[^\W\d_]+", value)
    return (
        bool(words)
        and value not in _TYPES
        and not all(word.isupper() and len(word) > 1 for word in words)
        and value.lower() not in NOT_PEOPLE
    )


def _pattern(
    kind: str, anchors: str, regex: str, accept: Callable[[str], bool] = bool, *, alone: bool = False
) -> Pattern:
    return Pattern(kind, split_anchors(anchors), regex, accept, begins_alone if alone else None)


_FORMS = (
    _pattern(
        "email",
        "@",
        rf"[\w+{_LETTER}][\w.+%'{_LETTER}-]*@(?:[{_LETTER}0-9-]+\.)+[A-Za-z]{{2,24}}\b",
        _is_mail,
    ),
    _pattern("iban", r"?[a-z]{2}\d{2}[ -]?[a-z0-9]{4}[ -]?[a-z0-9]{4}", r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?\b", check_digits.is_iban),
    _pattern(
        "email",
        r"?[\[(]at[\])]",
        r"(?i)[\w+][\w.+-]{0,63}\s?[\[(]at[\])]\s?[\w-]{1,60}(?:(?:\s?[\[(](?:dot|punkt|point|punto)[\])]\s?|\.)[\w-]{1,60}){1,4}",
    ),
    _pattern("iban", "iban", r"(?i)\biban\b[^\w\n]{0,5}([a-z]{2}\d{2}(?:[ -]?[a-z0-9]){11,30})\b"),
    _pattern("national_id", r"?\b\d{3}-\d{2}-\d{4}\b", r"\b\d{3}-\d{2}-\d{4}\b", check_digits.is_ssn, alone=True),
    _pattern(
        "national_id",
        "ssn social security_number",
        r"(?i)\b(?:ssn|social security(?: (?:number|no\.?))?)\b[^\w\n]{0,4}(?:is |was )?(\d{3}[- ]?\d{2}[- ]?\d{4})\b",
    ),
    _pattern("national_id", r"?[a-z]{2} ?\d{2} ?\d{2} ?\d{2} ?[a-d]\b", r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b", alone=True),
    _pattern("national_id", r"?\b[xyz]?\d{7,8}-?[a-z]\b", r"\b(?:\d{8}|[XYZ]\d{7})-?[A-HJ-NP-TV-Z]\b", check_digits.is_dni, alone=True),
    _pattern("national_id", r"?\d{3}\.\d{3}\.\d{3}-\d{2}\b", r"\b\d{3}\.\d{3}\.\d{3}-\d{2}\b", check_digits.is_cpf),
    _pattern("national_id", r"?\b[12][ .]?\d{2}[ .]?[01]\d[ .]?\d[\dab][ .]?\d{3}[ .]?\d{3}", r"\b[12][ .]?\d{2}[ .]?(?:0[1-9]|1[0-2])[ .]?(?:\d{2}|2[AB])[ .]?\d{3}[ .]?\d{3}[ .]?\d{2}\b", check_digits.is_nir),
    _pattern("national_id", r"?\b\d{4}[ -]\d{4}[ -]\d{4}\b", r"\b[2-9]\d{3}[ -]\d{4}[ -]\d{4}\b", check_digits.is_aadhaar, alone=True),
    _pattern("national_id", r"?\b\d{17}[\dx]\b", r"\b[1-6]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]\b", check_digits.is_chinese_id),
    _pattern("national_id", r"?\d{2}[a-z]\d{2}[a-z]\d{3}[a-z]\b", r"\b[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b", check_digits.is_codice_fiscale),
    _pattern("national_id", r"?\d{6}[-+]\d{4}\b", r"\b(?:19|20)?\d{6}[-+]\d{4}\b", check_digits.is_personnummer, alone=True),
    _pattern("national_id", r"?\bpan\b", r"\bPAN\b[^\w\n]{0,4}(?:is |number )?([A-Z]{5}\d{4}[A-Z])\b"),
    _pattern(
        "national_id",
        r"?\b(?:cpf|aadhaar|pesel|bsn|nif|nie|dni|curp|steuer|tax |passport|reisepass|personn|licen[cs]e|national id|id card)",
        r"(?i)\b(?:cpf|aadhaar|pesel|bsn|nif|nie|dni|curp|steuer-?(?:id(?:entifikationsnummer)?|nummer)|tax (?:id|number|no\.?)|"
        r"passport(?: (?:number|no\.?))?|reisepass(?:nummer)?|personnummer|driver'?s?'? licen[cs]e(?: (?:number|no\.?))?|"
        r"national id(?:entity)?(?: (?:number|no\.?|card))?|id card(?: (?:number|no\.?))?)\b[^\w\n]{0,4}(?:is |was |es |ist |number )?"
        r"([A-Z0-9][A-Z0-9 .-]{5,19}\d[A-Z0-9]?)\b",
        lambda value: sum(map(str.isdigit, value)) >= 5,
    ),
    _pattern("phone", r"?\+[1-9]\d{0,2}[ .()/-]{0,3}\d", r"\+(?:[1-9]\d{0,2})[ .()/-]{0,3}\d(?:[ .()/-]{0,3}\d){6,12}\b", _is_phone, alone=True),
    _pattern(
        "phone",
        r"?\d{3}[).-] ?\d{3}[ .-]\d{4}\b",
        r"(?:\b1[-. ])?(?:\([2-9]\d{2}\) ?|\b[2-9]\d{2}-)\d{3}-\d{4}\b|\b[2-9]\d{2}\.\d{3}\.\d{4}\b|\([2-9]\d{2}\) ?\d{3}[ .]\d{4}\b",
        _is_north_american,
        alone=True,
    ),
    _pattern("phone", r"?\b0(?:[1-9][ .-]\d{2}[ .-]\d{2}[ .-]|\d{4} \d{6}|7\d{3} ?\d{3} ?\d{3}|\d{2,4}[/-]\d{6})", r"\b0[1-9](?:[ .-]\d{2}){4}\b|\b0\d{4} \d{6}\b|\b07\d{3} ?\d{3} ?\d{3}\b|\b0\d{2,4}[/-]\d{6,8}\b", _is_phone, alone=True),
    _pattern(
        "phone",
        rf"?\b{_PHONE_WORDS}{_CALLED}\+?\d[\d ().\/-]{{5}}",
        rf"\b{_PHONE_WORDS}{_CALLED}(\+?\d[\d ().\/-]{{5,20}}\d)\b",
        _is_phone,
    ),
    _pattern("phone", rf"?{_PHONE_CJK}\+?\d", rf"{_PHONE_CJK}(\+?\d[\d -]{{6,16}}\d)\b", _is_phone),
    _pattern("phone", r"?\b00[1-9]\d{0,2}[ .-]\d", r"\b00[1-9]\d{0,2}[ .-]\d(?:[ .-]?\d){5,11}\b", _is_phone, alone=True),
    _pattern("mac", r"?(?:[:-][0-9a-f]{2}){3}", r"\b(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}\b|\b(?:[0-9A-F]{2}-){5}[0-9A-F]{2}\b", alone=True),
    _pattern("ip", r"?\d{1,3}\.\d{1,3}\.\d{1,3}\.\d", r"(?:^|[^\w./:=-]|://|@|(?:ip|addr|address|host|from|to|client|server)[=:/ ])((?:\d{1,3}\.){3}\d{1,3})(?:[^\w.]|\.\s|\.?$|\.\x00)", is_machine_address),
    _pattern("ip", "::", r"(?:^|[^\w:.])((?:[0-9A-Fa-f]{1,4}:){1,7}(?::[0-9A-Fa-f]{1,4}){1,6})\b", is_machine_address),
    _pattern("ip", r"?(?::[0-9a-f]{1,4}){3}", r"(?:^|[^\w:.])((?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4})\b", is_machine_address),
    _pattern("user", "/home/ /users/ users\\", rf"(?:/home/|/Users/|\\{{1,4}}Users\\{{1,4}}|[A-Za-z]:/Users/)([{_LETTER}\d][{_LETTER}\d._-]*)", is_account),
    _pattern("user", r"?[\w.-]@[\w.-]+:\s?[~/]", r"(?:^|[\s(\[\"'])([a-z_][a-z0-9_.-]{0,31})@[A-Za-z0-9][\w-]{0,62}(?:\.[\w-]{1,63}){0,3}:(?:[~/]|\s?[~/])", is_account),
    _pattern("user", r"?[rwxst-]{3}[.+@]? +\d", r"[dlbcps-][rwxsStT-]{9}[.+@]? +\d+ +([A-Za-z_][\w.-]*) ", is_account),
    _pattern("user", "user= logname= username=", r"\b(?:USER|LOGNAME|USERNAME|SUDO_USER)=([A-Za-z][\w.-]*)", is_account),
    _pattern("host", r"?[\w.-]@[\w.-]+:\s?[~/]", r"(?:^|[\s(\[\"'])[a-z_][a-z0-9_.-]{0,31}@([A-Za-z0-9][\w-]{2,62}):[~/]", is_account),
    _pattern("host", ".local .lan .internal .home.arpa", r"\b((?:[A-Za-z0-9]{1,30}-){1,6}[A-Za-z0-9]{1,30})\.(?:local|lan|internal|home\.arpa)\b"),
    _pattern("host", r"?\b(?:host|computer|machine)[ _-]?name\b", r"(?i)\b(?:host|computer|machine)[ _-]?name\b[\"']?\s{0,2}[:=]\s{0,3}[\"']?([A-Za-z0-9][\w-]{2,62}(?:\.[\w-]{1,63}){0,4})", _is_host),
    _pattern(
        "session",
        r"?(?:sess(?:ion)?[_-]?(?:id|key)|sid|csrf_?token|xsrf-token|_csrf)[\"']{0,2}\s{0,2}[=:]",
        r"(?i)(?:\b|_)(?:[\w.-]{0,20}sess(?:ion)?[_-]?(?:id|key)|phpsessid|sid|connect\.sid|csrf_?token|xsrf-token|_csrf)[\"']{0,2}\s{0,2}[=:]"
        r"\s{0,2}[\"']{0,2}([\w.%+/=-]{12,400})",
        lambda value: any(map(str.isdigit, value)),
    ),
    _pattern(
        "address",
        rf"? (?-i:{_STREET_EN})\b",
        rf"\b[1-9]\d{{0,4}}[A-D]?(?: [NSEW]\.?)?(?: (?:[{_UP}][a-zß-ÿ.'-]+(?:[{_UP}][a-zß-ÿ]+)?|\d{{1,3}}(?:st|nd|rd|th))){{1,4}} {_STREET_EN}\b\.?(?:,? (?i:suite|ste|apt|apartment|unit|floor|#) ?\w{{1,6}})?"
        rf"(?:,? [{_UP}][{_LETTER}. -]{{1,30}},? [A-Z]{{2}},? \d{{5}}(?:-\d{{4}})?)?",
    ),
    _pattern("address", r"?(?:straße|strasse|str\.|weg|allee|platz|gasse|damm|ufer|ring) \d", rf"(?:^|[^\w{_LETTER}])([{_UP}][{_LETTER}-]*(?:straße|strasse|str\.|weg|allee|platz|gasse|damm|ufer|ring) \d{{1,4}}[a-z]?)\b"),
    _pattern("address", r"?\d(?: (?:bis|ter))?,? (?:rue|avenue|boulevard|chemin|allée|impasse|quai) ", rf"\b\d{{1,4}}(?: (?:bis|ter))?,? (?i:rue|avenue|boulevard|chemin|allée|impasse|quai) (?:(?:de|du|des|la|le|les|d'|l') ?){{0,3}}{_CAP}(?: {_CAP}){{0,2}}"),
    _pattern("address", r"?\b(?-i:Calle|Avenida|Paseo|Plaza|Via|Viale|Rua) ", rf"\b(?:Calle|Avenida|Paseo|Plaza|Via|Viale|Rua)(?: (?:de|del|da|do|la|las|los))? {_CAP}(?: {_CAP}){{0,2}},? (?:n[.º°]? ?)?\d{{1,4}}\b"),
    _pattern("address", r"?\b(?:post ?code|zip(?: ?code)?)\b[^\w\n]{0,3}(?:is |was )?[a-z\d]", r"(?i)\b(?:post ?code|zip(?: ?code)?)\b[^\w\n]{0,3}(?:is |was )?([A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|\d{5}(?:-\d{4})?)\b"),
    _pattern("address", rf"?\b{_ADDRESS_WORDS}(?: is| ist| es)?:?\s{{1,2}}(?-i:[{_UP}\d])", rf"\b(?i:{_ADDRESS_WORDS})(?i: is| ist| es)?:?\s{{1,2}}([{_UP}][{_LETTER}. '-]{{2,40}} \d{{1,5}}[a-z]?|\d{{1,5}} [{_UP}][{_LETTER}'.-]+(?: [{_UP}][{_LETTER}'.-]+){{1,3}})\b"),
    _pattern("address", rf"?{_ADDRESS_CJK}", rf"{_ADDRESS_CJK}([^\s\d,，。;；]{{2,60}}\d{{1,5}}[^\s,，。;；]{{0,30}})"),
    _pattern("address", r"?\bp\.?\s?o\.? box", r"(?i)\bp\.?\s?o\.? box \d{1,6}\b"),
    _pattern("birth_date", r"?\b(?:born|birth|d\.?o\.?b|geboren|geburt|nacimiento|naissance|née?)", r"(?i)\b(?:(?:born|birth(?: ?(?:day|date))?|date of birth|d\.?o\.?b\.?|geboren|geburtsdatum|fecha de nacimiento|date de naissance|née)\b|né)[^\w\n]{0,4}(?:(?:on|is|was|am|el|le)\s)?(?:the )?(\d{1,4}[./ -]\d{1,2}[./ -]\d{1,4}|[A-Za-z]{3,9}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}|\d{1,2}(?:st|nd|rd|th|\.)?(?: of)? [A-Za-z]{3,9},? \d{4})"),
)  # fmt: skip

_INTRODUCED = (
    _pattern("name", rf"?(?i:{_WHO})(?:'s)?[ _-]?name(?:\*\*)?[\"']?\s{{0,2}}(?:[:=]|is|was)", rf"(?:^|[\s,;({{|\"'*_>-]){_WHO}(?:'s)?[ _-]?[Nn]ame(?:\*\*)?[\"']?\s{{0,2}}(?:[:=]|is|was)(?:\*\*)?\s{{0,3}}[\"']?({_NAME})", _is_name),
    _pattern("name", r"?(?:^|[\n\"])[ \t*-]{0,4}name(?:\*\*)?:", rf"(?:^|[\n\"])[ \t*-]{{0,4}}[Nn]ame(?:\*\*)?:(?:\*\*)?[ \t]{{1,3}}({_FULL})\s*\n(?:[^\n]{{0,80}}\n){{0,3}}[^\n:]{{0,20}}{_CONTACT}", _is_name),
    _pattern("name", r"?\"name\\?\"\s{0,2}:", rf"\"name\\?\"\s{{0,2}}:\s{{0,2}}\\?\"({_FULL})\\?\"[^{{}}\[\]]{{0,200}}\"\w{{0,12}}{_CONTACT}", _is_name),
    _pattern("name", rf"?\b(?:name(?: is|'s| was)|named|called){_SPACE}(?-i:[{_UP}])", rf"\b(?:[Nn]ame(?: is|'s| was)|named|called){_SPACE}({_FULL})", _is_name),
    _pattern("name", rf"?\b{_HIS_NAME}{_SPACE}(?-i:[{_UP}])", rf"\b(?i:{_HIS_NAME}){_SPACE}({_NAME})", _is_name),
    _pattern("name", rf"?\b{_MY_NAME}{_SPACE}(?-i:[{_UP}])", rf"\b(?i:{_MY_NAME}){_SPACE}({_NAME})", _is_name),
    _pattern("person", rf"?\b(?:i am|i'm|i’m|this is){_SPACE}(?-i:[{_UP}])", rf"\b(?:[Ii] am|[Ii]'m|[Ii]’m|[Tt]his is){_SPACE}({_FULL})(?:[.,!;\n]|\s(?:and|here|from|calling|speaking|with|\()|\"|\z)", _is_name),
    _pattern("person", rf"?\b(?:mr|mrs|ms|dr|prof|herr|frau|mme|señora?|sra?|sig)\b\.?{_SPACE}(?-i:[{_UP}])", rf"\b(?:Mr|Mrs|Ms|Dr|Prof|Herr|Frau|Mme|Señora?|Sra?|Sig)\.?{_SPACE}({_CAP}(?:[ \t]{_CAP})?)", _is_name),
    _pattern("person", rf"?(?:^|[\n\"])(?:dear|hello|hi|hallo|lieber?){_SPACE}(?-i:[{_UP}])", rf"(?:^|[\n\"])(?:Dear|Hello|Hi|Hallo|Liebe|Lieber){_SPACE}({_FULL})\s{{0,2}}[,!:]", _is_name),
    _pattern("person", rf"?\b{_REGARDS},?\s{{0,3}}\n", rf"\b(?i:{_REGARDS}),?\s{{0,3}}\n\s{{0,4}}({_NAME})", _is_name),
    _pattern("person", r"? (?:speaking|calling)\b", rf"({_FULL}) (?:speaking|calling)\b", _is_name),
    _pattern("name", r"? <[^@\s<>]+@", rf"({_FULL}) <[^@\s<>]{{1,64}}@[^\s<>]{{1,200}}>", _is_name),
    _pattern("name", r"?\b(?:passenger|customer|patient|guest|recipient|cardholder|member|employee|student|tenant)s?(?: \d)?:", rf"\b(?:[Pp]assenger|[Cc]ustomer|[Pp]atient|[Gg]uest|[Rr]ecipient|[Cc]ardholder|[Mm]ember|[Ee]mployee|[Ss]tudent|[Tt]enant)s?(?: \d)?:(?:\*\*)?[ \t]{{1,3}}({_FULL})(?:[ \t]?[(,;\n]|\z)", _is_name),
    _pattern("name", "the_name", rf"\b(?:[Uu]nder|[Ii]n|[Bb]y) the name(?: of)?{_SPACE}({_FULL})", _is_name),
    _pattern("name", rf"?{_FIRST_OR_LAST}\s?:", rf"\b(?i:{_FIRST_OR_LAST})\s?:[ \t]{{0,3}}({_NAME})", _is_name),
    _pattern("name", rf"?{_NAME_CJK}", rf"{_NAME_CJK}([\p{{Han}}\p{{Hiragana}}\p{{Katakana}}\p{{Hangul}}ー·・]{{2,12}}(?: [\p{{Han}}\p{{Hiragana}}\p{{Katakana}}\p{{Hangul}}ー]{{1,8}})?)"),
)  # fmt: skip


@cache
def personal_patterns() -> tuple[Pattern, ...]:
    """All patterns for what belongs to a person; the more specific first."""
    return (*_FORMS, *_INTRODUCED)
