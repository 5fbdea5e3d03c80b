"""Translators, one file each.

Over HTTP by our own sender and not by the vendors' clients. What these add to one request and one answer is
retries and sessions of their own, which cannot be counted against a budget, paced together with other
processes or bounded in size: `deepl` and `azure-ai-translation-text` retry by themselves,
`google-cloud-translate` speaks gRPC by service accounts, `deep-translator` (last release 2023) reads Google's
web page, `libretranslatepy` waits without a time-out.
"""
