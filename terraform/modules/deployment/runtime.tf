# What the functions are told: all that functions/config.py reads.

locals {
  concurrency = 8
  images      = local.released ? var.release.images : null

  environment = local.released ? { for name, value in {
    GOOGLE_CLOUD_PROJECT               = var.project_id
    QUICKTEST_REGION                   = var.region
    QUICKTEST_REGIONS                  = length(var.regions) == 0 ? null : join(" ", var.regions)
    QUICKTEST_DATAFLOW_REGION          = var.dataflow_region
    QUICKTEST_BUCKET                   = module.storage.data_bucket
    QUICKTEST_COMPILER_IMAGE           = local.images.compiler
    QUICKTEST_TRAINER_IMAGE            = local.images.trainer
    QUICKTEST_TRAINER_GPU_IMAGE        = local.images.trainer_gpu
    QUICKTEST_BEAM_ARGUMENTS           = join(" ", local.beam_arguments)
    QUICKTEST_PIPELINE_SERVICE_ACCOUNT = module.pipelines.pipelines_identity
    QUICKTEST_BUILD_SERVICE_ACCOUNT    = module.pipelines.builds_identity
    QUICKTEST_MAX_RUNNING              = tostring(var.max_running)
    MLFLOW_TRACKING_URI                = one(module.mlflow[*].uri)
    # Threads of a library that computes for one request would take the processor from the others.
    OPENBLAS_NUM_THREADS = "1"
    # The framework would serve four requests at once, and let the others that Cloud Run sends wait unseen.
    THREADS = tostring(local.concurrency)
  } : name => value if value != null } : {}

  beam_arguments = local.released ? concat(
    [
      "--project=${var.project_id}",
      "--temp_location=gs://${module.storage.work_bucket}/temp",
      "--staging_location=gs://${module.storage.work_bucket}/staging",
      "--service_account_email=${module.pipelines.pipelines_identity}",
      # The trainer's own packages, so that nothing is installed when a worker starts.
      "--sdk_container_image=${local.images.worker}",
      "--experiments=use_runner_v2",
    ],
    var.subnetwork == null ? [] : ["--no_use_public_ips", "--subnetwork=${var.subnetwork}"],
  ) : []
}
