"""Why a program of the cloud refused, as one sentence with the command and the remedy. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from quicktest.errors import QuicktestError

_INSTALL = {
    "gcloud": "Install the Google Cloud SDK, then sign in: `gcloud auth login`",
    "terraform": "Install Terraform 1.11 or newer, below 2",
    "npm": "Install Node.js 20.19 or newer, which brings npm",
    "node": "Install Node.js 20.19 or newer",
}
# What the words of a command begin with -> who may do it.
_ROLES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("gcloud", "projects", "create"), "roles/resourcemanager.projectCreator on the folder or organization"),
    (("gcloud", "projects"), "roles/browser on the project"),
    (
        ("gcloud", "billing", "projects", "link"),
        "roles/billing.user on the billing account and roles/billing.projectManager on the project",
    ),
    (("gcloud", "billing"), "roles/billing.viewer on the billing account"),
    (("gcloud", "services", "enable"), "roles/serviceusage.serviceUsageAdmin on the project"),
    (("gcloud", "services"), "roles/serviceusage.serviceUsageViewer on the project"),
    (("gcloud", "storage", "buckets"), "roles/storage.admin on the project"),
    (("gcloud", "storage"), "roles/storage.objectAdmin on the bucket"),
    (("gcloud", "builds"), "roles/cloudbuild.builds.editor and roles/iam.serviceAccountUser in the platform's project"),
    (("gcloud",), "roles/viewer on the project"),
    (("terraform",), "the roles of the deployer that docs/google-cloud.md lists"),
    (("node",), "roles/firebasehosting.admin on the project"),
)
_SECRETS = re.compile(
    r"ya29\.[\w.-]+|Bearer \S+|AIza[\w-]{20,}|-----BEGIN.*?-----END[^-]*-----|(?<=password=)\S+|eyJ[\w-]+\.[\w.-]+",
    re.S,
)

Sentence = Callable[[re.Match[str], Sequence[str]], str]


SOON = "wait a minute"  # a refusal that says so may mend itself


class Refused(QuicktestError):
    """A program of the cloud did not do what it was asked."""


class NotInstalled(QuicktestError):
    """A program is missing on this machine."""

    def __init__(self, program: str) -> None:
        super().__init__(
            f"`{program}` is not installed here. {_INSTALL.get(program, 'Install it')}, and run this again."
        )


def explained(line: str, argv: Sequence[str], message: str) -> str:
    """`line` is the command as shown, `message` what the program wrote to its standard error."""
    for pattern, sentence in _KNOWN:
        if match := re.search(pattern, message, re.I | re.S):
            return f"`{redacted(line)}` failed: {redacted(sentence(match, argv))} Then run this again."
    said = _own_words(message).rstrip(".")
    return f"`{redacted(line)}` failed: {said}. Mend that, then run this again: it goes on from here."


def redacted(text: str) -> str:
    """Without anything that looks like a key, a token or a password."""
    return _SECRETS.sub("[hidden]", text)


def _own_words(message: str) -> str:
    """The first error that the program names, with what it adds to it; else its last line."""
    lines = [line.strip(" │╷╵\t") for line in message.splitlines()]
    lines = [line for line in lines if line]
    for place, line in enumerate(lines):
        if line.startswith(("ERROR:", "Error:")):
            return redacted(" ".join(lines[place : place + 3])[:600])
    return redacted(lines[-1][:600]) if lines else "it said nothing."


def _denied(match: re.Match[str], argv: Sequence[str]) -> str:
    """Terraform touches hundreds of things: which one it was is said, too."""
    role = next(role for words, role in _ROLES if tuple(argv[: len(words)]) == words)
    which = f" ({_own_words(match.string).rstrip('.')})" if argv[0] == "terraform" else ""
    return f"your account may not do this{which}. Ask for {role}."


def _switched_off(message: str, argv: Sequence[str]) -> str:
    found = re.search(r"[a-z]+\.googleapis\.com", message)
    api = found[0] if found else "that it names"
    return (
        f"the API {api} is not enabled yet. Enable it with `gcloud services enable {api}{_of_project(argv)}`; when "
        f"that was done just now, {SOON}."
    )


def _of_project(argv: Sequence[str]) -> str:
    found = next((word for word in argv if word.startswith("--project=")), "")
    return f" {found}" if found else ""


def _fixed(text: str) -> Sentence:
    return lambda match, argv: text


_SIGN_IN = "nobody is signed in. Run `gcloud auth login` and `gcloud auth application-default login`."
# In this order: a message about an API that is off is also one about a permission.
_KNOWN: tuple[tuple[str, Sentence], ...] = (
    (
        r"do not currently have an active account|could not find default credentials|reauthentication|invalid_grant"
        r"|no credentials loaded|have you run firebase login|failed to authenticate",
        _fixed(_SIGN_IN),
    ),
    (
        r"has not been used in project|not enabled on project|SERVICE_DISABLED",
        lambda match, argv: _switched_off(match.string, argv),
    ),
    (
        r"already in use by another project|projects \[[^]]*\] is the subject of a conflict",
        _fixed("this project id is taken, everywhere in Google Cloud and for good. Choose another id."),
    ),
    (
        r"bucket name is not available|you already own it",
        _fixed("the bucket's name is taken by somebody else. Choose another project id."),
    ),
    (
        r"billing (?:must be|is not|is disabled|has not been)|billing account .*?(?:not found|is not open|is closed)"
        r"|requires billing",
        _fixed(
            "the project has no open billing account. Give one with --billing-account (`gcloud billing accounts list`)."
        ),
    ),
    (
        r"cloud billing quota exceeded|exceeded your allowed project quota",
        _fixed("a quota of the billing account or of projects is used up. Ask for more in the console, or free some."),
    ),
    (
        r"constraints/(?P<constraint>[\w.]+)",
        lambda match, argv: (
            f"the organization's policy {match['constraint']} forbids it. Ask its administrator for an exception for "
            "this project."
        ),
    ),
    (
        r"database already exists|google_firestore_database.*?already exists|creating database: .*?409",
        _fixed(
            "the project has a database already. When it is this product's, take it over in the same folder and "
            "environment: `terraform import -var-file=customers/PROJECT.tfvars.json "
            "module.deployment.module.firestore.google_firestore_database.this "
            "'projects/PROJECT/databases/(default)'`; else choose another project."
        ),
    ),
    (
        r"identity platform has already been enabled",
        _fixed(
            "sign-in was set up in this project before. Take it over in the same folder and environment: `terraform "
            "import module.deployment.module.hosting.google_identity_platform_config.this PROJECT`, and run this again."
        ),
    ),
    (
        r"error acquiring the state lock.*?ID:\s+(?P<id>[\w-]+)",
        lambda match, argv: (
            "somebody else changes this project now. Wait; when nobody does, because a run was killed, free it with "
            f"`terraform force-unlock {match['id']}` in the same folder and environment."
        ),
    ),
    (
        r"unsupported terraform core version",
        _fixed("this Terraform is too old or too new. Install 1.11 or newer, below 2."),
    ),
    (
        r"no such host|max retries exceeded|name resolution|network is unreachable|connection (?:refused|reset|aborted)"
        r"|i/o timeout|tls handshake timeout|econnreset|etimedout|enotfound",
        _fixed("Google Cloud cannot be reached from here. Look at the network, and at HTTPS_PROXY where you need one."),
    ),
    (r"permission[ _]denied|does not have permission|caller does not have|forbidden|\b403\b", _denied),
)
