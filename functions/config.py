"""Settings of the functions, from the environment and from nowhere else. Endpoints are set on one machine only."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

REQUIRED = (
    "GOOGLE_CLOUD_PROJECT",
    "QUICKTEST_REGION",
    "QUICKTEST_BUCKET",
    "QUICKTEST_COMPILER_IMAGE",
    "QUICKTEST_TRAINER_IMAGE",
)


class MissingSetting(RuntimeError):
    """A function was deployed without a setting it needs, or with one that it cannot use."""


@dataclass(frozen=True)
class Endpoints:
    """Where services that are not Google's answer; None means Google's own. Without TLS and without credentials."""

    firestore: str | None = None  # host:port; the client library reads FIRESTORE_EMULATOR_HOST itself
    storage: str | None = None  # http://host:port
    bigquery: str | None = None  # http://host:port
    cloud_build: str | None = None  # host:port, like the two below
    pipelines: str | None = None
    logging: str | None = None


@dataclass(frozen=True)
class Config:
    project: str
    region: str
    bucket: str
    compiler_image: str
    trainer_image: str
    trainer_gpu_image: str | None = None  # None: the Trainer has one image, whatever it runs on
    other_regions: tuple[str, ...] = ()  # where runs may take place besides `region`, in the order of their use
    beam_arguments: tuple[str, ...] = ()
    dataflow_region: str | None = None  # where data must stay, or where workers are to be had; None: the run's
    service_account: str | None = None  # the pipeline's; None: the project's default
    build_service_account: str | None = None  # Cloud Build's; None: the project's default
    mlflow_uri: str | None = None
    max_running: int = 20  # experiments at once, over all model endpoints
    endpoints: Endpoints = Endpoints()

    @property
    def regions(self) -> tuple[str, ...]:
        """Where an experiment may run (S5.1); the first is taken when it does not say."""
        return (self.region, *(region for region in self.other_regions if region != self.region))

    def images(self, with_gpu: bool) -> dict[str, str]:
        """What a run is made with. That for GPUs is many times as large, so only a Trainer that has one pulls it."""
        images = {"compiler": self.compiler_image, "trainer": self.trainer_image}
        return {**images, "trainer_gpu": self.trainer_gpu_image} if with_gpu and self.trainer_gpu_image else images


def from_environment(environment: Mapping[str, str] = os.environ) -> Config:
    """Read the settings; raises MissingSetting naming all that are absent, or the first that makes no sense."""
    if missing := [name for name in REQUIRED if not environment.get(name)]:
        raise MissingSetting(f"Set {', '.join(missing)} in the function's environment.")
    optional = {name: value for name, value in environment.items() if value}
    return Config(
        project=environment["GOOGLE_CLOUD_PROJECT"],
        region=environment["QUICKTEST_REGION"],
        bucket=environment["QUICKTEST_BUCKET"],
        compiler_image=environment["QUICKTEST_COMPILER_IMAGE"],
        trainer_image=environment["QUICKTEST_TRAINER_IMAGE"],
        trainer_gpu_image=optional.get("QUICKTEST_TRAINER_GPU_IMAGE"),
        other_regions=tuple(optional.get("QUICKTEST_REGIONS", "").replace(",", " ").split()),
        beam_arguments=tuple(optional.get("QUICKTEST_BEAM_ARGUMENTS", "").split()),
        dataflow_region=optional.get("QUICKTEST_DATAFLOW_REGION"),
        service_account=optional.get("QUICKTEST_PIPELINE_SERVICE_ACCOUNT"),
        build_service_account=optional.get("QUICKTEST_BUILD_SERVICE_ACCOUNT"),
        mlflow_uri=optional.get("MLFLOW_TRACKING_URI"),
        max_running=_places(optional.get("QUICKTEST_MAX_RUNNING", str(Config.max_running))),
        endpoints=Endpoints(
            firestore=optional.get("FIRESTORE_EMULATOR_HOST"),
            storage=optional.get("STORAGE_EMULATOR_HOST"),
            bigquery=optional.get("BIGQUERY_EMULATOR_HOST"),
            cloud_build=optional.get("CLOUD_BUILD_EMULATOR_HOST"),
            pipelines=optional.get("PIPELINES_EMULATOR_HOST"),
            logging=optional.get("LOGGING_EMULATOR_HOST"),
        ),
    )


def _places(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise MissingSetting(f"QUICKTEST_MAX_RUNNING is {text!r}: set it to a whole number of at least 1.")
    return int(text)
