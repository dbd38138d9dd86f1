"""How a release is made: its images are built, its functions packed, its file written, and all of it kept."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from quicktest.cloud import releases, sources
from quicktest.cloud.choices import shown
from quicktest.cloud.programs import Action, Command, Programs, gcloud
from quicktest.cloud.releases import ARCHIVE, DIGEST, FILE, IMAGES, Shelf, checked_release, fetch, is_kept
from quicktest.cloud.steps import Finding, Step
from quicktest.errors import QuicktestError
from quicktest.files import PROJECT_ROOT
from quicktest.packaging import write_archive


def steps(programs: Programs, shelf: Shelf, version: str) -> list[Step]:
    """From a checkout to a release that every customer of the platform can be given."""
    makers = (_images, _archive, _file, _kept)
    return [make(programs, shelf, version) for make in makers]


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
    file = releases.FOLDER / version / ARCHIVE

    def require_same() -> None:
        if file.read_bytes() != _packed():
            raise QuicktestError(
                f"{shown(file)} was packed from other code than this checkout's, and a version never changes: "
                "choose another version, or check out the code of this one."
            )

    def fetched() -> None:
        fetch(programs, shelf, version)
        require_same()

    def whole() -> tuple[Action, ...]:
        return (Action(f"scripts/package-functions {shown(file)}", lambda: write_archive(PROJECT_ROOT, file)),)

    def look() -> Finding:
        if file.is_file():
            require_same()
            return Finding(f"{shown(file)} is there")
        if is_kept(programs, shelf, version):  # made in another checkout: the same version is the same bytes
            copy = Action(f"gcloud storage cp '{shelf.url(version)}*' {shown(file.parent)}", fetched)
            return Finding("is in the platform's bucket", (copy,))
        return Finding("is not packed", whole())

    return Step("archive of the functions", look, whole)


def _packed() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / ARCHIVE
        write_archive(PROJECT_ROOT, file)
        return file.read_bytes()


def _file(programs: Programs, shelf: Shelf, version: str) -> Step:
    file = releases.FOLDER / version / FILE

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
            gcloud("storage", "cp", "--no-clobber", str(releases.FOLDER / version / name), shelf.url(version, name))
            for name in names
        ]
        return tuple(programs.action(copy) for copy in copies)

    def look() -> Finding:
        if is_kept(programs, shelf, version):
            return Finding(f"{shelf.url(version)} holds it")
        return Finding("is not in the platform's bucket", whole())

    return Step("copy for other checkouts", look, whole)
