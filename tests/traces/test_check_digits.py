"""Check digits, on numbers that their issuers publish as examples, and on the same with one digit changed."""

from collections.abc import Callable

import pytest

from trace2skill.traces import check_digits as checks

RIGHT: list[tuple[Callable[[str], bool], str, str]] = [
    (checks.is_card, "4111 1111 1111 1111", "4111 1111 1111 1112"),
    (checks.is_card, "378282246310005", "378282246310006"),
    (checks.is_iban, "DE89 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130 01"),
    (checks.is_iban, "GB29NWBK60161331926819", "GB29NWBK60161331926818"),
    (checks.is_ssn, "536-90-4399", "666-90-4399"),
    (checks.is_dni, "12345678Z", "12345678A"),
    (checks.is_dni, "X1234567L", "X1234567M"),
    (checks.is_cpf, "529.982.247-25", "529.982.247-26"),
    (checks.is_nir, "2 55 08 14 168 025 38", "2 55 08 14 168 025 39"),
    (checks.is_aadhaar, "9999 4105 7058", "9999 4105 7059"),
    (checks.is_chinese_id, "11010519491231002X", "110105194912310021"),
    (checks.is_codice_fiscale, "RSSMRA85T10A562S", "RSSMRA85T10A562T"),
    (checks.is_personnummer, "811228-9874", "811228-9875"),
]


@pytest.mark.parametrize(("check", "right", "wrong"), RIGHT)
def test_a_wrong_digit_is_told(check: Callable[[str], bool], right: str, wrong: str) -> None:
    """The one is a number, the other none."""
    assert check(right)
    assert not check(wrong)
