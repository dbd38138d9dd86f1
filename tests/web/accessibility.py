"""Which rules of accessibility a view breaks."""

from __future__ import annotations

from functools import cache

from playwright.sync_api import Page

from local.tools import ROOT


@cache
def _axe() -> str:
    return (ROOT / "web/node_modules/axe-core/axe.min.js").read_text()


def light_violations(page: Page) -> list[tuple[str, str]]:
    """All rules, in the colours that are shown now: for many states of few colours."""
    _load(page)
    violations = page.evaluate("axe.run().then((found) => found.violations)")
    return [(violation["id"], violation["nodes"][0]["html"]) for violation in violations]


def _load(page: Page) -> None:
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe())


def accessibility_violations(page: Page) -> list[tuple[str, str, str]]:
    """In both colour schemes: all rules in the light one, and in the dark one those about colours, for nothing else
    differs. The page is left in the light one."""
    _load(page)
    found: list[tuple[str, str, str]] = []
    for scheme, options in (("dark", "{runOnly: ['color-contrast', 'link-in-text-block']}"), ("light", "{}")):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert page.evaluate(f"matchMedia('(prefers-color-scheme: {scheme})').matches")
        violations = page.evaluate(f"axe.run({options}).then((found) => found.violations)")
        found += [(scheme, violation["id"], violation["nodes"][0]["html"]) for violation in violations]
    return found
