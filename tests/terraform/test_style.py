"""What a reader of terraform/ may rely on, wherever he looks: no plan is needed to see it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "terraform"
ROOTS = ("environments/dev", "environments/prod", "platform")
PINNED = {"google": "= 8.7.0", "google-beta": "= 8.7.0", "random": "= 3.7.2"}
RANGES = {"google": ">= 8.7, < 9", "google-beta": ">= 8.7, < 9", "random": ">= 3.7, < 4"}
MOST_LINES = {"variables.tf": 200}  # which may be long where an entity is; all others: 150
FILES = sorted(path for path in ROOT.rglob("*.tf") if ".terraform" not in path.parts)
MODULES = sorted({path.parent for path in FILES if path.is_relative_to(ROOT / "modules")})


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _blocks(path: Path, kind: str) -> Iterator[tuple[str, str]]:
    """Name and body of each `kind "name" { … }`; `terraform fmt` sees to it that a block ends at the margin."""
    for found in re.finditer(rf'^{kind} "([^"]+)" \{{(.*?)^\}}', path.read_text(), re.MULTILINE | re.DOTALL):
        yield found[1], found[2]


def _providers(folder: Path) -> dict[str, str]:
    [text] = [path.read_text() for path in folder.glob("*.tf") if "required_version" in path.read_text()]
    assert 'required_version = "~> 1.11"' in text
    return dict(re.findall(r'source\s+= "hashicorp/([a-z-]+)"\s+version\s+= "([^"]+)"', text))


def test_there_are_the_roots_and_modules() -> None:
    assert all(list((ROOT / root).glob("*.tf")) for root in ROOTS)
    assert {"function", "dead_letters", "scheduler", "pipelines", "deployment"} <= {folder.name for folder in MODULES}


@pytest.mark.parametrize("root", ROOTS)
def test_a_root_pins_its_providers(root: str) -> None:
    found = _providers(ROOT / root)
    assert "google" in found
    assert found == {name: PINNED[name] for name in found}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_module_says_what_it_works_with_and_leaves_providers_to_the_roots(module: Path) -> None:
    found = _providers(module)
    assert found == {name: RANGES[name] for name in found}
    text = "".join(path.read_text() for path in module.glob("*.tf"))
    assert not re.search(r"^(provider|backend) ", text, re.MULTILINE)
    used = {name.replace("_", "-") for name in re.findall(r'^(?:resource|data) "(google|random)_', text, re.MULTILINE)}
    used |= {"google-beta"} if "provider = google-beta" in text else set()
    assert used <= set(found), "a provider that is used must be declared, or Terraform guesses it"


@pytest.mark.parametrize("path", FILES, ids=_name)
@pytest.mark.parametrize("kind", ["variable", "output"])
def test_variables_and_outputs_are_described_in_the_order_of_their_names(path: Path, kind: str) -> None:
    found = dict(_blocks(path, kind))
    assert list(found) == sorted(found)
    for name, body in found.items():
        assert re.search(r'^  description\s+= "\S.{8,}', body, re.MULTILINE), f"{kind} {name} says nothing of itself"
        assert kind == "output" or re.search(r"^  type\s+= ", body, re.MULTILINE), f"{name} may be anything"
    if found:
        assert path.name.startswith(f"{kind}s")


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_a_validation_ends_in_a_sentence(path: Path) -> None:
    for name, body in _blocks(path, "variable"):
        for message in re.findall(r'error_message = "(.*)"$', body, re.MULTILINE):
            assert re.match(r"[A-Z].*[^.]\.$", message), f"{name}: {message}"


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_a_file_is_short_and_holds_no_key(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= MOST_LINES.get(path.name, 150)
    assert "google_service_account_key" not in text
    assert not re.search(r"_iam_(policy|binding)\"", text), "rights are added one by one: others may be given elsewhere"
