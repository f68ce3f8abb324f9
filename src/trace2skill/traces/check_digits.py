"""Check digits: whether a number can be a payment card, a bank account or somebody's national id."""

import re

_ISSUER = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|"
    r"6(?:011|5\d\d|4[4-9]\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}|35\d{14}"
)
_IBAN_LENGTHS = {
    country: int(length)
    for length, countries in {
        "15": "NO", "16": "BE", "18": "DK FI FO GL NL", "19": "MK SI", "20": "AT BA EE KZ LT LU XK",
        "21": "CH HR LI LV", "22": "BG BH CR DE GB GE IE ME RS VA", "23": "AE GI IL IQ TL",
        "24": "AD CZ ES MD PK RO SA SE SK TN VG", "25": "PT ST",
        "26": "IS TR", "27": "FR GR IT MC MR SM",
        "28": "AL AZ BY CY DO GT HU LB PL SV", "29": "BR PS QA UA",
        "30": "JO KW MU", "31": "MT SC", "33": "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip
_DNI = "TRWAGMYFPDXBNJZSQVHLCKE"
_VERHOEFF = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_PERMUTED = (
    "0123456789", "1576283094", "5803796142", "8916043527",
    "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip


def digits_of(value: str) -> str:
    """The ASCII digits of a text."""
    return "".join(char for char in value if char in "0123456789")


def is_luhn(digits: str) -> bool:
    """Whether the last digit is right by Luhn's formula (ISO/IEC 7812-1)."""
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


def is_card(value: str) -> bool:
    """Whether digits, in groups or not, are a payment card number: issuer, length and check digit."""
    digits = digits_of(value)
    return bool(_ISSUER.fullmatch(digits)) and is_luhn(digits)


def is_iban(value: str) -> bool:
    """Whether a text, with spaces or hyphens or not, is an IBAN (ISO 13616: length by country, mod 97)."""
    account = re.sub(r"[ -]", "", value).upper()
    if len(account) != _IBAN_LENGTHS.get(account[:2]) or not account.isalnum() or not account.isascii():
        return False
    return int("".join(str(int(char, 36)) for char in account[4:] + account[:4])) % 97 == 1


def is_ssn(value: str) -> bool:
    """Whether nine digits can be a US social security number: no part that is never given."""
    digits = digits_of(value)
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return (
        len(digits) == 9
        and area not in {"000", "666"}
        and area < "900"
        and group != "00"
        and serial != "0000"
    )


def is_dni(value: str) -> bool:
    """Whether a text is a Spanish DNI or NIE with the right letter."""
    plain = re.sub(r"[ .-]", "", value).upper()
    number = plain[:-1].translate(str.maketrans("XYZ", "012"))
    return number.isdecimal() and len(number) == 8 and plain[-1] == _DNI[int(number) % 23]


def is_cpf(value: str) -> bool:
    """Whether eleven digits are a Brazilian CPF with right check digits."""
    digits = [int(digit) for digit in digits_of(value)]
    if len(digits) != 11 or len(set(digits)) == 1:
        return False
    return all(
        sum(digit * (length + 1 - place) for place, digit in enumerate(digits[:length])) * 10 % 11 % 10
        == digits[length]
        for length in (9, 10)
    )


def is_nir(value: str) -> bool:
    """Whether a text is a French social security number with the right key."""
    digits = re.sub(r"[ .-]", "", value).upper().replace("2A", "19").replace("2B", "18")
    return len(digits) == 15 and digits.isdecimal() and int(digits[13:]) == 97 - int(digits[:13]) % 97


def is_aadhaar(value: str) -> bool:
    """Whether twelve digits are an Aadhaar number with the right check digit (Verhoeff)."""
    digits = digits_of(value)
    if len(digits) != 12 or digits[0] in "01":
        return False
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = int(_VERHOEFF[check][int(_PERMUTED[place % 8][int(digit)])])
    return check == 0


def is_chinese_id(value: str) -> bool:
    """Whether 18 characters are a Chinese resident's number with the right check character (ISO 7064)."""
    total = sum(int(digit) * (1 << (17 - place)) for place, digit in enumerate(value[:17]))
    return "10X98765432"[total % 11] == value[17].upper()


def is_codice_fiscale(value: str) -> bool:
    """Whether 16 characters are an Italian codice fiscale with the right last letter."""
    odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]
    places = [ord(char) - 65 if char.isalpha() else int(char) for char in value.upper()]
    total = sum(odd[at] if number % 2 == 0 else at for number, at in enumerate(places[:15]))
    return total % 26 == places[15]


def is_personnummer(value: str) -> bool:
    """Whether a text is a Swedish personal number with the right check digit."""
    digits = digits_of(value)[-10:]
    return "01" <= digits[2:4] <= "12" and "01" <= digits[4:6] <= "31" and is_luhn(digits)
