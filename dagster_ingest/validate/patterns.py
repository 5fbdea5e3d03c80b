"""Forms of text as regular expressions of the audit's engine (Rust's regex: no look-around)."""

from __future__ import annotations

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9\-]*[A-Za-z0-9])?"
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"


def _ipv6() -> list[str]:
    """Eight groups, or fewer with one `::`, the last two perhaps as an IPv4 address."""
    group = "[0-9A-Fa-f]{1,4}"
    tail = rf"(?:{group}:{group}|{_OCTET}(?:\.{_OCTET}){{3}})"
    found = [rf"(?:{group}:){{6}}{tail}", rf"::(?:{group}:){{0,5}}{tail}", rf"::(?:{group})?"]
    for before in range(1, 7):  # groups before `::`
        head = rf"{group}(?::{group}){{{before - 1}}}::"
        found.append(rf"{head}(?:{group})?")
        if before <= 5:
            found.append(rf"{head}(?:{group}:){{0,{5 - before}}}{tail}")
    return [*found, rf"(?:{group}:){{7}}:"]


NAMED_FORMATS = {
    "email": r"^[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]+$",
    "uri": r"^[A-Za-z][A-Za-z0-9+.\-]*:[^\s]+$",
    "uuid": r"^[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$",
    "hostname": rf"^{_LABEL}(?:\.{_LABEL})*$",
    "ipv4": rf"^{_OCTET}(?:\.{_OCTET}){{3}}$",
    "ipv6": rf"^(?:{'|'.join(_ipv6())})$",
    "byte": r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
}


def decimal_patterns(precision: int, scale: int) -> tuple[str, ...]:
    """What a decimal's text must match: it is a plain number, and it has no more digits than those.

    Leading zeros before the point and trailing ones after it are no digits of the number.
    """
    number = r"^[+-]?(?:[0-9]+|[0-9]*\.[0-9]+|[0-9]+\.)$"
    whole, part = rf"0*[0-9]{{0,{precision - scale}}}", rf"\.[0-9]{{0,{scale}}}0*"
    return number, rf"^[+-]?{whole}(?:{part})?$"
