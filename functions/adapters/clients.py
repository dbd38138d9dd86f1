"""Google's clients, made once. With an endpoint set they talk to it in plain text and without credentials; that is the
only difference between one machine and Google Cloud. Heavy libraries are imported on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.auth.credentials import AnonymousCredentials

from functions.config import Config

if TYPE_CHECKING:
    from google.cloud import aiplatform_v1, bigquery, firestore, storage
    from google.cloud.devtools import cloudbuild_v1
    from google.cloud.logging_v2.services.logging_service_v2 import LoggingServiceV2Client

MAX_MESSAGE_BYTES = 64 * 1024 * 1024


def firestore_client(config: Config) -> firestore.Client:
    from google.cloud import firestore

    return firestore.Client(project=config.project, **_anonymous(config.endpoints.firestore))


def storage_client(config: Config) -> storage.Client:
    from google.cloud import storage

    endpoint = config.endpoints.storage
    options = {"client_options": {"api_endpoint": endpoint}} if endpoint else {}
    return storage.Client(project=config.project, **_anonymous(endpoint), **options)


def bigquery_client(config: Config) -> bigquery.Client:
    from google.cloud import bigquery

    endpoint = config.endpoints.bigquery
    options = {"client_options": {"api_endpoint": endpoint}} if endpoint else {}
    return bigquery.Client(project=config.project, **_anonymous(endpoint), **options)


def cloud_build_client(config: Config) -> cloudbuild_v1.CloudBuildClient:
    from google.cloud.devtools import cloudbuild_v1
    from google.cloud.devtools.cloudbuild_v1.services.cloud_build.transports import CloudBuildGrpcTransport

    endpoint = config.endpoints.cloud_build
    if endpoint:
        return cloudbuild_v1.CloudBuildClient(transport=CloudBuildGrpcTransport(channel=_channel(endpoint)))
    return cloudbuild_v1.CloudBuildClient()


def pipelines_client(config: Config, region: str) -> aiplatform_v1.PipelineServiceClient:
    from google.cloud import aiplatform_v1
    from google.cloud.aiplatform_v1.services.pipeline_service.transports import PipelineServiceGrpcTransport

    endpoint = config.endpoints.pipelines
    if endpoint:
        return aiplatform_v1.PipelineServiceClient(transport=PipelineServiceGrpcTransport(channel=_channel(endpoint)))
    host = f"{region}-aiplatform.googleapis.com"
    return aiplatform_v1.PipelineServiceClient(client_options={"api_endpoint": host})


def logging_client(config: Config) -> LoggingServiceV2Client:
    from google.cloud.logging_v2.services.logging_service_v2 import LoggingServiceV2Client
    from google.cloud.logging_v2.services.logging_service_v2.transports import LoggingServiceV2GrpcTransport

    endpoint = config.endpoints.logging
    if endpoint:
        return LoggingServiceV2Client(transport=LoggingServiceV2GrpcTransport(channel=_channel(endpoint)))
    return LoggingServiceV2Client()


def _anonymous(endpoint: str | None) -> dict[str, AnonymousCredentials]:
    return {"credentials": AnonymousCredentials()} if endpoint else {}


def _channel(endpoint: str):
    import grpc

    return grpc.insecure_channel(endpoint, options=[("grpc.max_receive_message_length", MAX_MESSAGE_BYTES)])
