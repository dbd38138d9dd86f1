"""Releases: the images by digest and the archive of the functions, under one version that never changes again."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quicktest.cloud import sources
from quicktest.cloud.choices import TERRAFORM, shown
from quicktest.cloud.programs import Action, Command, Programs, gcloud
from quicktest.cloud.steps import Finding, Step
from quicktest.errors import QuicktestError
from quicktest.files import PROJECT_ROOT
from quicktest.packaging import write_archive

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


def steps(programs: Programs, shelf: Shelf, version: str) -> list[Step]:
    """From a checkout to a release that every customer of the platform can be given."""
    makers = (_images, _archive, _file, _kept)
    return [make(programs, shelf, version) for make in makers]


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
        _fetch(programs, shelf(), named)
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
    _fetch(programs, shelf(), version, (ARCHIVE,))


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


def _fetch(programs: Programs, shelf: Shelf, version: str, names: Sequence[str] = (ARCHIVE, FILE)) -> None:
    folder = FOLDER / version
    if not _is_kept(programs, shelf, version):
        raise QuicktestError(
            f"There is no release {version}, neither here nor in {shelf.project}. Make it with `quicktest cloud "
            f"release {version} --platform {shelf.project}`."
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:  # the file last: with it the release is there
        programs.run(gcloud("storage", "cp", shelf.url(version, name), str(folder / name)))


def _is_kept(programs: Programs, shelf: Shelf, version: str) -> bool:
    return bool(programs.gcloud_if_there("storage", "objects", "describe", shelf.url(version, FILE)))


def _images(programs: Programs, shelf: Shelf, version: str) -> Step:
    """One build makes them all, tests what it made, pushes it, and leaves a record of each: its digest, and the files
    that it was built from. Other files need another version."""
    here = sources.digests(PROJECT_ROOT)
    values = {
        "_VERSION": version, "_REPOSITORY": shelf.repository, "_RELEASES": shelf.bucket,
        "_SERVICE_ACCOUNT": shelf.builder, "_SOURCES": sources.written(here),
    }  # fmt: skip
    build = Command(
        ("gcloud", "builds", "submit", ".", "--config=cloudbuild/images.yaml", f"--project={shelf.project}",
         f"--region={shelf.region}", f"--gcs-source-staging-dir=gs://{shelf.bucket}/source", "--suppress-logs",
         "--substitutions=" + ",".join(f"{name}={value}" for name, value in values.items())),
        PROJECT_ROOT,
    )  # fmt: skip

    def whole() -> tuple[Action, ...]:
        return (programs.action(build),)

    def look() -> Finding:
        found = {name: _record(programs, shelf, version, name) for name in IMAGES}
        records = [record for record in found.values() if record is not None]
        if other := {name for record in records for name in sources.differing(here, record.get("sources", ""))}:
            raise QuicktestError(
                f"The images of {version} ({shelf.url(version, 'images/')}) were built from other files than this "
                f"checkout's in {', '.join(sorted(other))}, and a version never changes: choose another version, or "
                "check out the code of this one."
            )
        if missing := [name for name, record in found.items() if record is None]:
            return Finding(f"not built: {', '.join(missing)}; the build may take an hour", whole())
        return Finding(f"all {len(IMAGES)} are in {shelf.repository}, built from the files of this checkout")

    return Step("images", look, whole)


def _record(programs: Programs, shelf: Shelf, version: str, name: str) -> dict[str, str] | None:
    """What the build of an image recorded: `image` with its digest, and `sources`."""
    url = shelf.url(version, f"images/{name}.json")
    if not programs.gcloud_if_there("storage", "objects", "describe", url):
        return None
    record = json.loads(programs.run(gcloud("storage", "cat", url)).out)
    if not DIGEST.fullmatch(str(record.get("image"))):
        raise QuicktestError(f"{url} does not name an image by its digest. Remove it and run this again.")
    return record


def _archive(programs: Programs, shelf: Shelf, version: str) -> Step:
    """Equal content is equal bytes; other content needs another version."""
    file = FOLDER / version / ARCHIVE

    def require_same() -> None:
        if file.read_bytes() != _packed():
            raise QuicktestError(
                f"{shown(file)} was packed from other code than this checkout's, and a version never changes: "
                "choose another version, or check out the code of this one."
            )

    def fetched() -> None:
        _fetch(programs, shelf, version)
        require_same()

    def whole() -> tuple[Action, ...]:
        return (Action(f"scripts/package-functions {shown(file)}", lambda: write_archive(PROJECT_ROOT, file)),)

    def look() -> Finding:
        if file.is_file():
            require_same()
            return Finding(f"{shown(file)} is there")
        if _is_kept(programs, shelf, version):  # made in another checkout: the same version is the same bytes
            fetch = Action(f"gcloud storage cp '{shelf.url(version)}*' {shown(file.parent)}", fetched)
            return Finding("is in the platform's bucket", (fetch,))
        return Finding("is not packed", whole())

    return Step("archive of the functions", look, whole)


def _packed() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / ARCHIVE
        write_archive(PROJECT_ROOT, file)
        return file.read_bytes()


def _file(programs: Programs, shelf: Shelf, version: str) -> Step:
    file = FOLDER / version / FILE

    def write() -> None:
        records = {name: _record(programs, shelf, version, name) or {} for name in IMAGES}
        images = {name: record.get("image") for name, record in records.items()}
        archive = f"../../releases/{version}/{ARCHIVE}"  # from a root of terraform/environments
        release = {"version": version, "functions_archive": archive, "images": images}
        file.write_text(json.dumps({"release": release}, indent=2) + "\n")
        checked_release(file)

    def whole() -> tuple[Action, ...]:
        return (Action(f"write {shown(file)}; keep it in your own repository", write),)

    def look() -> Finding:
        if not file.is_file():
            return Finding("is not written", whole())
        checked_release(file)
        return Finding(f"{shown(file)} is there")

    return Step("file of the release", look, whole)


def _kept(programs: Programs, shelf: Shelf, version: str) -> Step:
    """So that another checkout can deploy it too. `--no-clobber`: a version never changes again."""

    def whole() -> tuple[Action, ...]:
        names = (ARCHIVE, FILE)  # the file last: with it the release is there
        copies = [
            gcloud("storage", "cp", "--no-clobber", str(FOLDER / version / name), shelf.url(version, name))
            for name in names
        ]
        return tuple(programs.action(copy) for copy in copies)

    def look() -> Finding:
        if _is_kept(programs, shelf, version):
            return Finding(f"{shelf.url(version)} holds it")
        return Finding("is not in the platform's bucket", whole())

    return Step("copy for other checkouts", look, whole)
