"""Which columns of an unknown table may hold what is nobody's business. When in doubt, it is private."""

from __future__ import annotations

import re
from collections.abc import Mapping

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_PEOPLE = {
    "author", "caller", "cell", "client", "contact", "contacts", "director", "editor", "employee", "fax",
    "firstname", "fullname", "lastname", "manager", "member", "mobile", "patient", "person", "phone",
    "staff", "surname", "tel", "telephone", "user", "username", "worker",
}  # fmt: skip
_TRAITS = {
    "age", "addiction", "birth", "birthdate", "birthday", "citizenship", "diagnosis", "disability", "dob",
    "ethnicity", "gender", "hiv", "immigration", "income", "marital", "medical", "nationality", "pregnancy",
    "pregnant", "race", "religion", "salary", "sex", "sexuality", "veteran",
}  # fmt: skip
_SECRETS = {"credential", "login", "passcode", "password", "pin", "pwd", "secret", "token"}
_NUMBERS = {"ein", "fein", "itin", "npi", "passport", "ssn", "tax"}
_ASIDES = {
    "comment", "comments", "confidential", "hidden", "internal", "memo", "note", "notes", "private",
    "remark", "remarks",
}  # fmt: skip
_NAMES = {
    **dict.fromkeys(_PEOPLE, "people"),
    **dict.fromkeys(_TRAITS, "traits of people"),
    **dict.fromkeys(_SECRETS, "secrets"),
    **dict.fromkeys(_NUMBERS, "official numbers"),
    **dict.fromkeys(_ASIDES, "remarks meant for few"),
    **dict.fromkeys(("email", "mail"), "e-mail addresses"),
}

# Where cells are looked at: what they look like, and the share of cells from which it counts.
CONTENT: Mapping[str, tuple[str, float]] = {
    "e-mail addresses": (r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]+", 0.0),
    "social security numbers": (r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b", 0.0),
    "phone numbers": (r"(?:\(|\b)[0-9]{3}\)?[-. ][0-9]{3}[-. ][0-9]{4}\b", 0.05),
}


def words(heading: str) -> list[str]:
    """A heading's words in lower case: `ClientFirst_NAME` is client, first, name."""
    return [word.lower() for word in _WORD.findall(heading)]


def by_name(heading: str) -> str | None:
    """What a column of that heading may hold, in words; None where the heading gives no reason."""
    found = words(heading)
    for word in found:
        if word in _NAMES:
            return f"the heading speaks of {_NAMES[word]}"
    if "by" in found[-1:]:
        return "the heading speaks of people"
    if "name" in found and {"first", "last", "middle", "maiden", "full"} & set(found):
        return "the heading speaks of people"
    if "social" in found and "security" in found:
        return "the heading speaks of official numbers"
    return None
