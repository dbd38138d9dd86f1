"""Releases: the images by digest and the archive of the functions, under one version that never changes again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quicktest.cloud.choices import TERRAFORM
from quicktest.cloud.programs import Programs, gcloud
from quicktest.errors import QuicktestError

FOLDER = TERRAFORM / "releases"
IMAGES = ("compiler", "trainer", "trainer_gpu", "worker", "mlflow")
FILE, ARCHIVE = "release.auto.tfvars.json", "functions.zip"
VERSION = re.compile(r"[0-9a-z][0-9a-z._-]{0,61}")
DIGEST = re.compile(r"[a-z0-9.-]+(/[\w.-]+)+@sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Shelf:
    """Where releases are built and kept, as Terraform says: `repository` of images, `bucket`, and the account that
    builds."""

    project: str
    region: str
    repository: str
    bucket: str
    builder: str

    @classmethod
    def of(cls, project: str, outputs: Mapping[str, Any]) -> Shelf:
        """Images are built in the region of the repository, whatever region a customer has. Raises QuicktestError
        before the first apply."""
        try:
            repository = outputs["repository"]
            region = repository.partition("-docker.")[0]
            return cls(project, region, repository, outputs["releases_bucket"], outputs["builder"])
        except KeyError as error:
            raise QuicktestError(
                f"{project} has no {error.args[0]} for releases yet. Run `quicktest cloud platform {project} --region "
                f"REGION` first, or for a project that is its own platform `quicktest cloud onboard {project} "
                "--region REGION`."
            ) from error

    def url(self, version: str, name: str = "") -> str:
        return f"gs://{self.bucket}/{version}/{name}"


def checked_version(version: str) -> str:
    if not VERSION.fullmatch(version):
        raise QuicktestError(
            f"`{version}` cannot be a version: use small letters, digits, dots and hyphens, as in 1.4.0."
        )
    return version


def find(programs: Programs, named: str, shelf: Callable[[], Shelf]) -> dict[str, Any]:
    """The object `release` of a version or of a file; a version that is not here is fetched from the platform. Raises
    QuicktestError when there is none, or when it is not whole."""
    if named.endswith(".json"):
        file = Path(named)
        if not file.is_file():
            raise QuicktestError(f"There is no file {named}. Name the {FILE} of a release, or its version.")
        return checked_release(file)
    folder = FOLDER / checked_version(named)
    if not (folder / FILE).is_file():
        fetch(programs, shelf(), named)
    return checked_release(folder / FILE)


def require_archive(programs: Programs, root: Path, release: Mapping[str, Any], shelf: Callable[[], Shelf]) -> None:
    """Have the archive that Terraform in `root` deploys. The repository keeps the file of a release without it, so
    another checkout fetches it; raises QuicktestError when there is none."""
    file = (root / release["functions_archive"]).resolve()
    version = release["version"]
    if file.is_file():
        return
    if file != (FOLDER / version / ARCHIVE).resolve():
        raise QuicktestError(f"There is no archive {file}, which the release {version} names. Put it there.")
    fetch(programs, shelf(), version, (ARCHIVE,))


def checked_release(file: Path) -> dict[str, Any]:
    """Raises QuicktestError, naming what is missing."""
    try:
        release = json.loads(file.read_text())["release"]
        images, archive = release["images"], release["functions_archive"]
        release["version"]
    except (ValueError, KeyError, TypeError) as error:
        raise QuicktestError(f"{file} is not a release ({error}). Make it again: `quicktest cloud release`.") from error
    wrong = ", ".join(name for name in IMAGES if not DIGEST.fullmatch(str(images.get(name))))
    if wrong or not archive:
        raise QuicktestError(
            f"{file} does not name {wrong or 'the archive'} by digest. Make it again: `quicktest cloud release`."
        )
    return release


def fetch(programs: Programs, shelf: Shelf, version: str, names: Sequence[str] = (ARCHIVE, FILE)) -> None:
    """Have the files of a release that the platform keeps; raises QuicktestError when there is none."""
    folder = FOLDER / version
    if not is_kept(programs, shelf, version):
        raise QuicktestError(
            f"There is no release {version}, neither here nor in {shelf.project}. Make it with `quicktest cloud "
            f"release {version} --platform {shelf.project}`."
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:  # the file last: with it the release is there
        programs.run(gcloud("storage", "cp", shelf.url(version, name), str(folder / name)))


def is_kept(programs: Programs, shelf: Shelf, version: str) -> bool:
    """Whether the platform has a release."""
    return bool(programs.gcloud_if_there("storage", "objects", "describe", shelf.url(version, FILE)))
