"""Schemas of the Google providers, read from the jsii assembly that the packages of CDK Terrain carry.

Terraform's plugins come from HashiCorp's registry, which CI does not reach; the Python packages `cdktn-provider-google`
and `-google-beta` are made from the same schemas (`terraform providers schema`) and say of each resource its
attributes, nested blocks and types, and what is required. What an assembly does not say: tests/terraform/README.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

# {"attributes": {name: {"type", "required" | "optional" | "computed"}}, "blocks": {name: {"min", "max", "block"}}}
Block = dict[str, Any]
Page = tuple[str, str]  # of the provider's documentation: `resources` or `data-sources`, and a name without `google_`

_PAGE = re.compile(r"/docs/(resources|data-sources)/(?:google_)?([a-z0-9_]+)#([a-z0-9_]+) ")  # google_: in the beta's
_RESOURCE = "cdktn.TerraformMetaArguments"  # what the settings of every resource and data source extend
_META = frozenset({"connection", "count", "dependsOn", "forEach", "lifecycle", "provider", "provisioners"})
_PRIMITIVES = {"string": "string", "number": "number", "boolean": "bool"}
_TOKEN = "cdktn.IResolvable"  # a value that is known later, of whatever type stands beside it
_FILLED_IN = {
    _TOKEN: "bool",  # of what the provider fills in, only truth values are told so
    "cdktn.StringMap": ["map", "string"],
    "cdktn.NumberMap": ["map", "number"],
    "cdktn.BooleanMap": ["map", "bool"],
}
_OF_EVERY_CLASS = frozenset({"cdktfStack", "fqn", "friendlyUniqueId", "internalValue", "metaAttributes", "node",
                             "rawOverrides", "terraformGeneratorMetadata", "terraformMetaArguments",
                             "terraformResourceType"})  # fmt: skip


class Assembly:
    """One package's `.jsii` file."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._types: dict[str, Any] = document["types"]
        self._configs: dict[Page, str] = {}
        for name, kind in self._types.items():
            if _RESOURCE in kind.get("interfaces", ()) and (page := self._page_of(kind)):
                self._configs[page] = name

    def block(self, page: Page) -> Block | None:
        """All that may stand in a resource or data source, and what the provider fills in; None: it has none such."""
        config = self._configs.get(page)
        return self._block(config, config.removesuffix("Config"), _META) if config else None

    def provider(self) -> Block:
        """What may stand in the provider's own block."""
        config = next(name for name in self._types if re.search(r"\.provider\.Google(Beta)?ProviderConfig$", name))
        return self._block(config, "", frozenset())

    @staticmethod
    def _page_of(kind: dict[str, Any]) -> Page | None:
        for each in kind.get("properties", ()):
            if found := _page(each):
                return found.group(1), found.group(2)
        return None

    def _block(self, settings: str, reference: str, left_out: frozenset[str] = frozenset()) -> Block:
        """`settings`: the interface of what a user writes; `reference`: the class of what can be referred to."""
        attributes: dict[str, Any] = {}
        blocks: dict[str, Any] = {}
        written = [each for each in self._types[settings].get("properties", ()) if each["name"] not in left_out]
        for each in written:
            use = "optional" if each.get("optional") else "required"
            struct, many = self._struct(each["type"])
            if struct is None:
                attributes[_named(each)] = {"type": self._type(each["type"]), use: True}
            else:
                inner = self._block(struct, f"{struct}OutputReference")
                blocks[_named(each)] = {"min": int(use == "required"), "max": 0 if many else 1, "block": inner}
        known = left_out.union(each["name"] for each in written)
        for each in self._filled_in(reference):
            if each["name"] not in known:
                attributes[_snake(each["name"])] = {"type": self._type(each["type"]), "computed": True}
        if "id" in attributes:  # told as optional only
            attributes["id"] = {"type": "string", "optional": True, "computed": True}
        return {"attributes": attributes, "blocks": blocks}

    def _filled_in(self, reference: str) -> Iterator[dict[str, Any]]:
        """Properties of a class that hold values, among them what the provider fills in."""
        for each in self._types.get(reference, {}).get("properties", ()):
            if not (each.get("static") or each["name"].endswith("Input") or each["name"] in _OF_EVERY_CLASS):
                yield each

    def _struct(self, kind: dict[str, Any]) -> tuple[str | None, bool]:
        """The structure that a property holds, and whether many of it; None for values."""
        for each in kind.get("union", {}).get("types", [kind]):
            many = "collection" in each and each["collection"]["kind"] == "array"
            name = (each["collection"]["elementtype"] if many else each).get("fqn", "")
            if self._types.get(name, {}).get("kind") == "interface":
                return name, many
        return None, False

    def _type(self, kind: dict[str, Any]) -> Any:
        """Terraform's spelling of a type, as JSON (`"string"`, `["list", "string"]`, `["object", {...}]`)."""
        if "union" in kind:
            return self._type(next(each for each in kind["union"]["types"] if each.get("fqn") != _TOKEN))
        if "collection" in kind:
            container = "list" if kind["collection"]["kind"] == "array" else "map"
            return [container, self._type(kind["collection"]["elementtype"])]
        if "primitive" in kind:
            return _PRIMITIVES.get(kind["primitive"], "dynamic")
        return self._class_type(kind["fqn"])

    def _class_type(self, name: str) -> Any:
        """Maps and lists of objects that the provider fills in have classes of their own."""
        if name in _FILLED_IN:
            return _FILLED_IN[name]
        if (item := f"{name.removesuffix('List')}OutputReference") != name and item in self._types:
            return ["list", self._class_type(item)]
        fields = {_snake(each["name"]): self._type(each["type"]) for each in self._filled_in(name)}
        return ["object", fields] if fields else "dynamic"


def _named(each: dict[str, Any]) -> str:
    found = _page(each)
    return found.group(3) if found else _snake(each["name"])


def _page(each: dict[str, Any]) -> re.Match[str] | None:
    """Where a property is documented: told below its description, or in place of one."""
    docs = each.get("docs", {})
    return _PAGE.search(f"{docs.get('remarks', '')} {docs.get('summary', '')} {docs.get('see', '')}")


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()
