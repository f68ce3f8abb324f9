"""Patterns for secrets that tell by their own form what they are: tokens, keys, signed addresses, hashes."""

import re
from collections.abc import Callable

from trace2skill.traces.anchors import PROBE
from trace2skill.traces.check_digits import is_card
from trace2skill.traces.gitleaks import entropy
from trace2skill.traces.patterns import Pattern, begins_alone, is_no_fraction, split_anchors
from trace2skill.traces.secret_values import has_digit, is_secret_value


def _token(kind: str, anchors: str, regex: str, accept: Callable[[str], bool] = bool) -> Pattern:
    return Pattern(kind, split_anchors(anchors, space="_"), regex, accept, begins_alone)


def _text(kind: str, anchors: str, regex: str, accept: Callable[[str], bool] = bool) -> Pattern:
    return Pattern(kind, split_anchors(anchors), regex, accept)


_IDS = re.compile(
    r"(?:call|toolu|srvtoolu|msg|run|chatcmpl|cmpl|resp|req|rs|fc|item|thread|asst|file|batch|step|span|trace|session|"
    r"evt|event|id|lc|gen|sha\d*|md5|commit|rev|hash|etag|blob|tree|image|img|job|task|user|org|proj|doc|chunk|node)[_-]"
)
"""How ids begin that are no secrets."""


def _is_no_id(value: str) -> bool:
    """Whether a long random text with a prefix can be a token of a service that no other pattern knows."""
    drawn = re.split("[_-]", value)[-1]
    mixed = has_digit(drawn) and any(map(str.isupper, drawn)) and any(map(str.islower, drawn))
    return mixed and not _IDS.match(value) and entropy(drawn) > 3.3


TOKENS = (
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
        r"?gl[a-z]{2,8}-[\w.-]|gr1348941",
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
    _token("mailgun_key", r"?-[a-f0-9]{8}-[a-f0-9]{8}\b", r"[a-f0-9]{32}-[a-f0-9]{8}-[a-f0-9]{8}\b"),
    _token("mailchimp_key", "-us", r"[a-f0-9]{32}-us\d{1,2}\b"),
    _token(
        "new_relic_key", "nrak- nral- nrii- nrjs- nraa- nrra-", r"NR(?:AK|AL|II|JS|AA|RA)-[A-Za-z0-9-]{19,40}"
    ),
    _token("airtable_token", r"?\bpat\w{14}\.[a-f0-9]{20}", r"pat[A-Za-z0-9]{14}\.[a-f0-9]{60,}"),
    _token("notion_token", "ntn_ secret_", r"ntn_[A-Za-z0-9]{40,}|secret_[A-Za-z0-9]{43}\b"),
    _token("dropbox_token", "sl.", r"sl\.(?:u\.)?[\w-]{100,}"),
    _token("telegram_token", ":aa", r"\d{8,10}:AA[\w-]{30,36}"),
    _token(
        "discord_token",
        r"?\.[\w-]{6}\.[\w-]{27}",
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
    _token("asana_token", r"?\d/\d{16}", r"\d/\d{16}(?:/\d{16})?:[a-f0-9]{32}\b"),
    _token("databricks_token", "dose dkea", r"(?:dose|dkea)[a-f0-9]{32}(?:-\d)?\b"),
    _token("sonar_token", "squ_ sqp_ sqa_", r"sq[upa]_[a-f0-9]{40}\b"),
    _token("yandex_key", "aqvn", r"AQVN[\w-]{35,40}", has_digit),
    Pattern(
        "private_key",
        ('"kty\\"', '"kty"'),
        r"\\?\"(?:d|p|q|dp|dq|qi|k)\\?\"\s{0,3}:\s{0,3}\\?\"([\w-]{20,})",
        told=True,
    ),
    _token(
        "credential",
        r"?(?:sk|pat|key|api|secret|token|tok|live|test|prod|auth)[_-][a-z0-9_-]{24}",
        r"(?:[A-Za-z0-9]{1,12}[_-]){0,3}(?:sk|pat|key|api|secret|token|tok|live|test|prod|auth)[_-]"
        r"(?:[A-Za-z0-9]{1,10}[_-]){0,2}[A-Za-z0-9]{24,}",
        lambda value: has_digit(value[-20:]) and entropy(value) > 3.8,
    ),
    _token(
        "token",
        r"?[_-][a-z0-9]{32}",
        r"[a-z][a-z0-9]{1,9}[_-](?:[a-z0-9]{1,6}[_-])?[A-Za-z0-9]{32,200}\b",
        _is_no_id,
    ),
)

IN_URLS = (
    Pattern(
        "url_password",
        (r"?://[^\s/:@\"'<>]*:[^\s/@\"'<>]+@",),
        r"://[^\s/:@\"'<>]{0,100}:([^\s/@\"'<>]{1,200})@[\w\[]",
        is_secret_value,
    ),
    _text(
        "webhook",
        "hooks. webhook pipedream make.com integromat.com ifttt.com",
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

HASHES = (
    _text("password_hash", r"?\$2[abxy]?\$\d\d", r"\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}"),
    _text(
        "password_hash",
        r"?\$(?:\d|y|gy|sha1|md5|argon2\w{1,2}|apr1|scrypt)\$",
        r"\$(?:1|5|6|7|y|gy|sha1|md5|argon2\w{1,2}|apr1|scrypt)\$[\w./+=,$-]{20,}",
    ),
    _text("password_hash", "{ssha {sha", r"\{S?SHA(?:256|512)?\}[A-Za-z0-9+/=]{20,}"),
    _text("password_hash", "pbkdf2", r"pbkdf2[_:-]sha\d{1,3}\$\d{1,9}\$[^\s$]{1,100}\$[A-Za-z0-9+/=]{20,}"),
)

CARD = Pattern(
    "card",
    (rf"{PROBE}\d{{4}}[ .-]?\d{{4,6}}[ .-]?\d{{4}}",),
    r"\b(?:\d{4}[ .-]\d{4}[ .-]\d{4}[ .-]\d{4}|3[47]\d{2}[ .-]\d{6}[ .-]\d{5}|\d{13,19})\b",
    is_card,
    is_no_fraction,
)
