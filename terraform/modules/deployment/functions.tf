# Which event invokes which function, and what that function may use: what local/gateway/wiring.py says of one machine.

locals {
  document = "google.cloud.firestore.document.v1"

  # What the ports of functions/services.py need. Reconcilers look at, and act on, everything that a run consists of.
  reconciler = concat(
    ["builds", "documents", "logs", "objects", "pipelines", "warehouse"],
    var.mlflow.enabled ? ["mlflow"] : [],
  )

  functions = {
    on-experiment-created = {
      capabilities = local.reconciler
      documents    = { on-experiment-created = { type = "${local.document}.created", pattern = "experiments/{id}" } }
    }
    on-experiment-updated = {
      capabilities = ["documents"]
      documents    = { on-experiment-updated = { type = "${local.document}.updated", pattern = "experiments/{id}" } }
    }
    on-command-created = {
      capabilities = local.reconciler
      documents    = { on-command-created = { type = "${local.document}.created", pattern = "commands/{id}" } }
    }
    on-config-written = {
      capabilities = ["documents", "objects", "warehouse"]
      # A comparison of five runs of 100,000 customers takes 350 MB, and eight requests may be of one instance.
      memory = "2Gi"
      documents = {
        on-dataset-written        = { type = "${local.document}.written", pattern = "datasets/{id}" }
        on-feature-config-written = { type = "${local.document}.written", pattern = "feature_configs/{id}" }
        on-model-config-written   = { type = "${local.document}.written", pattern = "model_configs/{id}" }
        on-comparison-written     = { type = "${local.document}.written", pattern = "comparisons/{id}" }
        on-draft-written          = { type = "${local.document}.written", pattern = "drafts/{id}" }
      }
    }
    on-object-finalized = {
      capabilities = local.reconciler
      objects      = { on-object-finalized = { bucket = module.storage.data_bucket, location = var.region } }
    }
    on-build-changed = {
      capabilities  = local.reconciler
      subscriptions = { on-build-changed = module.pipelines.topics.cloud_builds }
    }
    on-pipeline-changed = {
      capabilities  = local.reconciler
      subscriptions = { on-pipeline-changed = module.pipelines.topics.pipeline_events }
    }
    on-dead-letter = {
      capabilities  = local.reconciler
      subscriptions = { on-dead-letter = module.dead_letters.topic }
    }
    # Invoked each minute, by the scheduler.
    sweep = { capabilities = local.reconciler }
  }
}

module "functions" {
  source   = "../function"
  for_each = { for name, function in local.functions : name => function if local.released }

  project_id     = local.project_id
  region         = var.region
  name           = each.key
  entry_point    = replace(each.key, "-", "_")
  source_archive = local.source_archive
  environment    = local.environment
  resources = {
    concurrency = local.concurrency
    memory      = try(each.value.memory, contains(each.value.capabilities, "builds") ? "1Gi" : "512Mi")
  }

  document_events   = try(each.value.documents, {})
  document_location = module.firestore.location
  object_events     = try(each.value.objects, {})
  subscriptions     = try(each.value.subscriptions, {})
  # What fails on dead letters has nowhere to go; dead-letters-kept has it for seven days.
  dead_letter_topic = each.key == "on-dead-letter" ? null : module.dead_letters.topic

  build_identity   = google_service_account.functions_builder.email
  image_repository = google_artifact_registry_repository.functions.id
  events_identity  = module.events.email
  pubsub_agent     = module.project.agents["pubsub"]

  capabilities = each.value.capabilities
  grants = {
    bucket             = module.storage.data_bucket
    builds_identity    = module.pipelines.builds_identity
    datasets           = var.bigquery_datasets
    mlflow_service     = one(module.mlflow[*].service)
    pipeline_jobs_role = module.pipelines.pipeline_jobs_role
    pipelines_identity = module.pipelines.pipelines_identity
  }

  # A function can be built and started only when its builder may read and write, and Google's agents may act.
  depends_on = [
    google_artifact_registry_repository_iam_member.functions_builder,
    google_project_iam_member.functions_builder_archives,
    google_project_iam_member.functions_builder_logs,
    google_storage_bucket_iam_member.functions_builder,
    module.project,
  ]
}

module "scheduler" {
  source = "../scheduler"
  count  = local.released ? 1 : 0

  project_id = local.project_id
  region     = var.region
  function   = { name = module.functions["sweep"].name, uri = module.functions["sweep"].uri }
  schedule   = "* * * * *"
}
