# What they must hold is checked, and said, by modules/deployment.

variable "admins" {
  description = "E-mail addresses that alerts are sent to."
  type        = set(string)
}

variable "bigquery_datasets" {
  description = "Datasets that runs may read, as dataset or project.dataset; empty: all of the project. Queries run where a dataset is, so all that one experiment joins must be in one location, best in that of `region`."
  type        = list(string)
  default     = []
}

variable "budget" {
  description = "Monthly budget of the project, in whole units of the billing account's currency; null: none."
  type        = object({ billing_account = string, monthly = number, currency = optional(string, "USD") })
  default     = null
}

variable "dataflow_region" {
  description = "Where Dataflow reads and transforms; null: where the run is. Set it to the region of the warehouse when that is another than the runs' (bytes that cross regions are billed), or to one with free quota for workers."
  type        = string
  default     = null
}

variable "firestore_location" {
  description = "Where the documents are. A region close to `region` makes a step of a run fast; nam5 (closest to us-central1) and eur3 (to europe-west1 and europe-west4) survive the loss of a region and cost about twice."
  type        = string
}

variable "max_running" {
  description = "Experiments that run at once. Each is a Vertex AI pipeline, so the project's quotas for these and for machines must allow as many."
  type        = number
  default     = 4
}

variable "mlflow" {
  description = "MLflow's server: whether there is one, the database's machine, who may see it, the address under which they do (a proxy that signs people in; null: the page links to none), and a number that is raised to have another password of the database."
  type = object({
    enabled          = optional(bool, true)
    tier             = optional(string, "db-f1-micro")
    users            = optional(set(string), [])
    address          = optional(string)
    password_version = optional(number, 1)
  })
  default = {}
}

variable "own_registry" {
  description = "Whether images and releases are kept in this project; false: in a platform project that serves several, see terraform/platform."
  type        = bool
  default     = true
}

variable "page" {
  description = "The page's name, and domains of its own that people sign in from."
  type = object({
    authorized_domains = optional(list(string), [])
    display_name       = optional(string, "Quicktest")
  })
  default = {}
}

variable "project_id" {
  description = "The customer's project. It must exist and have a billing account."
  type        = string
}

variable "region" {
  description = "Where functions, buckets, builds and MLflow are, and where an experiment runs that does not say otherwise. Vertex AI Pipelines, Cloud Functions and Eventarc must be offered there."
  type        = string
}

variable "regions" {
  description = "Where runs may take place besides `region`, in the order in which attempts go on when machines are missing. Each must offer the hardware tiers in use; outputs stay in the bucket's region, so bytes cross regions."
  type        = list(string)
  default     = []
}

variable "release" {
  description = "What is deployed: written to release.auto.tfvars.json by `quicktest cloud release`; an earlier file is a rollback. null: everything but what runs code, which is how a new project begins."
  type = object({
    version           = string
    functions_archive = string
    images = object({
      compiler    = string
      mlflow      = string
      trainer     = string
      trainer_gpu = string
      worker      = string
    })
  })
  default = null
}

variable "runbook_url" {
  description = "Address of the folder docs/runbook in your copy of the repository; alerts link to it."
  type        = string
}

variable "subnetwork" {
  description = "Subnetwork of Dataflow's workers, regions/REGION/subnetworks/NAME with Private Google Access: they get no public addresses then. null: the default network, with public addresses."
  type        = string
  default     = null
}
