"""What a tenant asks of translation, part of the tenant file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from dagster_ingest.errors import guess
from dagster_ingest.spec.http_service import HttpService, Part, PerSecond, Timeout, Url, once
from dagster_ingest.spec.secret import SecretField
from dagster_ingest.spec.texts import LOCALE, PATH, refused, unique

Locale = Annotated[str, StringConstraints(pattern=LOCALE)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$")]

# Texts of the stage that can be translated, and whether they are when nothing else is said: what search
# applications show is, names are not.
FIELDS: dict[str, bool] = {
    "organization.name": False,
    "organization.alternate_name": False,
    "organization.description": True,
    "program.name": False,
    "program.description": False,
    "service.name": False,
    "service.alternate_name": False,
    "service.description": True,
    "service.alert": True,
    "service.eligibility_description": True,
    "service.application_process": True,
    "service.fees_description": True,
    "service.interpretation_services": True,
    "service.accreditations": False,
    "service_at_location.display_name": False,
    "service_at_location.schedule": True,
    "service_at_location.description": False,
    "location.name": False,
    "location.alternate_name": False,
    "location.description": True,
    "location.accessibility": True,
    "location.transportation": True,
    "schedule.description": True,
    "required_document.document": True,
    "language.name": True,
    "taxonomy.name": True,
    "taxonomy_term.name": True,
    "taxonomy_term.description": True,
    "attribute.label": True,
    "attribute.value": True,
    "contact.title": True,
    "phone.description": False,
    "cost_option.option": False,
    "accessibility.description": False,
    "service_area.description": False,
}


class AnyTranslator(Part):
    """What all translators have in common."""

    locales: Annotated[list[Locale], AfterValidator(unique)] = Field(default_factory=list)
    """The target locales that it is asked for. Left out: all of the tenant's."""
    languages: dict[Locale, Code] = Field(default_factory=dict, examples=[{"zh_hans": "ZH"}])
    """Its code of a locale, where it is not the usual one."""


class HttpTranslator(HttpService, AnyTranslator):
    """What all translators over HTTP have in common."""

    per_second: PerSecond = 5
    timeout: Timeout = 60
    batch: int = Field(default=50, ge=1, le=50)
    """Texts in one request."""
    batch_characters: int = Field(default=10_000, ge=100, le=50_000)
    """Characters in one request, markup included. A longer text is sent alone, if the provider takes it."""
    price_per_million: float = Field(default=20, ge=0, le=10_000)
    """What a million characters cost, in the currency of the budget."""


class DeepLTranslator(HttpTranslator):
    """DeepL. A key that ends in `:fx` is one of its free plan, which has a host of its own."""

    provider: Literal["deepl"]
    key: SecretField
    """The secret that holds the key."""
    url: Url | None = None
    """Left out: the host of the key's plan."""
    formality: Literal["default", "prefer_more", "prefer_less"] = "default"
    price_per_million: float = Field(default=25, ge=0, le=10_000)


class GoogleTranslator(HttpTranslator):
    """Google Cloud Translation, Basic (v2), by an API key."""

    provider: Literal["google"]
    key: SecretField
    """The secret that holds the key."""
    url: Url = "https://translation.googleapis.com"
    batch: int = Field(default=100, ge=1, le=128)


class AzureTranslator(HttpTranslator):
    """Azure AI Translator, v3."""

    provider: Literal["azure"]
    key: SecretField
    """The secret that holds the key of the resource."""
    region: str | None = Field(default=None, pattern=r"^[a-z0-9]{2,40}$", examples=["eastus"])
    """Of the resource, unless it is global."""
    url: Url = "https://api.cognitive.microsofttranslator.com"
    batch: int = Field(default=100, ge=1, le=1000)
    price_per_million: float = Field(default=10, ge=0, le=10_000)


class LibreTranslator(HttpTranslator):
    """LibreTranslate, yours or a hosted one."""

    provider: Literal["libretranslate"]
    url: Url = Field(examples=["https://translate.prairie.example"])
    key: SecretField | None = None
    """The secret that holds the key, if it wants one."""
    per_second: float = Field(default=1, gt=0, le=1000)
    batch: int = Field(default=20, ge=1, le=50)
    batch_characters: int = Field(default=2_000, ge=100, le=50_000)
    price_per_million: float = Field(default=0, ge=0, le=10_000)


class PseudoTranslator(AnyTranslator):
    """No translation: marks each text with its locale, `[es] ...`. Offline, for demos and tests."""

    provider: Literal["pseudo"]


Translator = Annotated[
    DeepLTranslator | GoogleTranslator | AzureTranslator | LibreTranslator | PseudoTranslator,
    Field(discriminator="provider"),
]


def _known(fields: dict[str, bool]) -> dict[str, bool]:
    for name in fields:
        if name not in FIELDS:
            raise refused(
                f"{name!r} is no text that can be translated", allowed=FIELDS, near=guess(name, FIELDS)
            )
    return fields


class TranslationBudget(Part):
    """What one run of one state may spend. When it is spent, earlier texts stay and the rest waits.
    A tenant of three states may spend it three times."""

    calls: int = Field(default=5_000, ge=0, le=10_000_000)
    """Requests, attempts that failed included."""
    characters: int = Field(default=2_000_000, ge=0, le=10_000_000_000)
    """Characters sent, markup and attempts that failed included."""
    money: float = Field(default=50, ge=0, le=100_000, examples=[50])
    """By the providers' `price_per_million`."""


class Translation(Part):
    """Texts in the tenant's other locales."""

    enabled: bool = True
    providers: Annotated[list[Translator], AfterValidator(once)] = Field(
        default_factory=list, max_length=5, examples=[[{"provider": "deepl", "key": {"secret": "DEEPL_KEY"}}]]
    )
    """Machine translation, in this order. Left out: no text leaves the platform, and only texts of the
    source and of people stand."""
    fields: Annotated[dict[str, bool], AfterValidator(_known)] = Field(
        default_factory=dict,
        examples=[{"service.name": True, "attribute.value": False}],
        json_schema_extra={"propertyNames": {"enum": list(FIELDS)}},
    )
    """What is translated besides or instead: `entity.field` to true or false. Names are not, unless asked."""
    protect_names: bool = True
    """Names of organizations, of two words or more, stay as they are within texts as well."""
    glossary: str | None = Field(default=None, pattern=PATH, examples=["glossary.yaml"])
    """A file in the tenant's folder: how terms are translated, and which are not."""
    overrides: str | None = Field(default=None, pattern=PATH, examples=["translations.csv"])
    """A file in the tenant's folder, CSV or YAML: texts by people. They stand above all others."""
    refused_days: int = Field(default=30, ge=1, le=3650)
    """A text whose translation lost something (a link, a phone number) is sent again after so many days."""
    budget: TranslationBudget = Field(default_factory=TranslationBudget)

    def translates(self, name: str) -> bool:
        """Whether `entity.field` is translated."""
        return self.fields.get(name, FIELDS[name])

    @model_validator(mode="after")
    def _pseudo_stands_alone(self) -> Translation:
        names = [translator.provider for translator in self.providers]
        if "pseudo" in names and len(names) > 1:
            raise refused("`pseudo` is no translation and stands alone", fix="take it, or the others, out")
        return self
