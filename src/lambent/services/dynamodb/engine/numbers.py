"""DynamoDB's numbers: up to 38 significant decimal digits, magnitudes of 1E-130 to 9.9E+125, written without an exponent.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

import decimal
import re
from decimal import Decimal
from functools import lru_cache

from lambent.services.dynamodb import errors

DIGITS_MAX = 38
MAGNITUDE_MAX = 125
MAGNITUDE_MIN = -130
EXPONENT_MAX = 2**63 - 1
"""Of the exponents that can be read; of those most are out of range."""

_NUMBER = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?")
_EXACT = decimal.Context(prec=400, Emax=1000, Emin=-1000, traps=[decimal.Inexact, decimal.InvalidOperation])
"""Wide enough that the sum of any two numbers is exact."""
_ZERO = b"\x80"
_POSITIVE = b"\xc0"
_NEGATIVE = b"\x40"
_INVERTED = bytes(255 - value for value in range(256))


def normalised(text: str) -> str:
    """The one way in which DynamoDB writes the number that ``text`` says: no exponent, no needless zeros.

    Raises errors.NotANumber, NumberOverflow, NumberUnderflow, TooManyDigits.
    """
    if len(text) <= DIGITS_MAX and text.isascii() and text.isdigit() and (text[0] != "0" or text == "0"):
        return text
    is_negative, digits, exponent = _parts(text)
    try:
        return _written(is_negative, digits, exponent)
    except (errors.NumberOverflow, errors.NumberUnderflow) as failure:
        raise type(failure)(read=_read_in_32_bits(text)) from None


def total(left: str, right: str) -> str:
    """Their sum. Raises errors.NumberOverflow, NumberUnderflow."""
    if _are_short(left, right):
        return str(int(left) + int(right))
    return _computed(_EXACT.add(Decimal(left), Decimal(right)))


def difference(left: str, right: str) -> str:
    """``left`` less ``right``. Raises errors.NumberOverflow, NumberUnderflow."""
    if _are_short(left, right):
        return str(int(left) - int(right))
    return _computed(_EXACT.subtract(Decimal(left), Decimal(right)))


def negated(text: str) -> str:
    """A normalised number with the other sign."""
    if text == "0":
        return text
    return text[1:] if text.startswith("-") else "-" + text


def size(text: str) -> int:
    """What a normalised number takes of an item's size, in bytes: a byte for two digits, one more, and one for a minus.

    Zeros at the ends do not count, and what stands before and behind the point counts apart, as was measured of AWS.
    """
    whole, _, fraction = text.removeprefix("-").partition(".")
    if not fraction:
        whole = whole.rstrip("0")
    elif whole == "0":
        whole, fraction = "", fraction.lstrip("0")
    return (len(whole) + 1) // 2 + (len(fraction) + 1) // 2 + 1 + text.startswith("-")


@lru_cache(maxsize=1024)
def key_bytes(text: str) -> bytes:
    """Bytes of a normalised number that sort as the numbers do: sign, magnitude, then pairs of digits."""
    is_negative, digits, exponent = _parts(text)
    if not digits:
        return _ZERO
    magnitude = len(digits) + exponent - 1
    pairs = digits + "0" * (len(digits) % 2)
    body = bytes([magnitude - MAGNITUDE_MIN]) + bytes(int(pairs[at : at + 2]) + 1 for at in range(0, len(pairs), 2))
    if is_negative:
        # All is turned round, and the end as well: of two that begin alike the longer is the lesser.
        return _NEGATIVE + body.translate(_INVERTED) + b"\xff"
    return _POSITIVE + body


def _are_short(left: str, right: str) -> bool:
    """Whether both are integers that leave room for what becomes of them."""
    return all(len(text) < DIGITS_MAX and text.removeprefix("-").isdigit() for text in (left, right))


def _computed(result: Decimal) -> str:
    """A result of arithmetic, of which AWS calls a too precise one an overflow as well."""
    is_negative, digits, exponent = _parts(str(result))
    if not digits:
        return "0"
    if len(digits) > DIGITS_MAX:
        raise errors.NumberOverflow(read=errors.NumberOverflow.wording)
    return _written(is_negative, digits, exponent)


def _parts(text: str) -> tuple[bool, str, int]:
    """Sign, significant digits (none for zero), and the power of ten of the last of them."""
    match = _NUMBER.fullmatch(text)
    if match is None or not (match[2] or match[3]):
        raise (errors.NotANumber if text else errors.EmptyNumber)(text=text)
    sign, whole, fraction, power = match[1], match[2], match[3] or "", match[4] or "0"
    significant = (whole + fraction).lstrip("0")
    digits = significant.rstrip("0")
    exponent = _power(text, power) - len(fraction) + len(significant) - len(digits)
    return sign == "-", digits, exponent


def _power(number: str, text: str) -> int:
    """The exponent as written. Raises errors.NotANumber of one that no 64 bits hold."""
    digits = text.lstrip("+-").lstrip("0")
    size = int(digits or "0") if len(digits) < len(str(EXPONENT_MAX)) + 1 else EXPONENT_MAX + 1
    if size > EXPONENT_MAX:
        raise errors.NotANumber(text=number)
    return -size if text.startswith("-") else size


def _read_in_32_bits(text: str) -> str:
    """What AWS' older checks, which count in 32 bits, say of a number out of range."""
    match = _NUMBER.fullmatch(text)
    assert match is not None
    fraction = match[3] or ""
    power = _power(text, match[4] or "0")
    if not -(2**31) < power < 2**31 or not -(2**31) < len(fraction) - power < 2**31:
        return errors.NotANumber.wording.format(text=text)
    digits = len((match[2] + fraction).lstrip("0")) or 1
    magnitude = (digits - len(fraction) + power + 2**31) % 2**32 - 2**31
    return errors.NumberOverflow.wording if magnitude > MAGNITUDE_MAX else errors.NumberUnderflow.wording


def _written(is_negative: bool, digits: str, exponent: int) -> str:
    magnitude = (len(digits) or 1) + exponent - 1  # zero has the magnitude with which it is written
    if magnitude > MAGNITUDE_MAX:
        raise errors.NumberOverflow(read=errors.NumberOverflow.wording)
    if magnitude < MAGNITUDE_MIN:
        raise errors.NumberUnderflow(read=errors.NumberUnderflow.wording)
    if len(digits) > DIGITS_MAX:
        raise errors.TooManyDigits
    if not digits:
        return "0"
    if exponent >= 0:
        plain = digits + "0" * exponent
    elif magnitude >= 0:
        plain = f"{digits[: magnitude + 1]}.{digits[magnitude + 1 :]}"
    else:
        plain = "0." + "0" * (-magnitude - 1) + digits
    return "-" + plain if is_negative else plain
