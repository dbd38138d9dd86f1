variable "audited" {
  description = "Services whose writes are logged, without .googleapis.com; datastore is Firestore's name here. This module owns the audit settings of each."
  type        = set(string)
  default     = ["aiplatform", "datastore", "storage"]
}

variable "project_id" {
  description = "Project that everything is made in. It must exist and have a billing account."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "Set project_id to a project's id (6 to 30 letters, digits and hyphens), not to its name or number."
  }
}

variable "services" {
  description = "APIs that are turned on, without .googleapis.com. The agents of this module need those that bear their names."
  type        = set(string)
  default = [
    "aiplatform",
    "artifactregistry",
    "bigquery",
    "billingbudgets",
    "cloudbuild",
    "cloudfunctions",
    "cloudresourcemanager",
    "cloudscheduler",
    "compute",
    "dataflow",
    "eventarc",
    "eventarcpublishing",
    "firebase",
    "firebasehosting",
    "firebaserules",
    "firestore",
    "iam",
    "iamcredentials",
    "identitytoolkit",
    "logging",
    "monitoring",
    "pubsub",
    "run",
    "secretmanager",
    "securetoken",
    "serviceusage",
    "sqladmin",
    "storage",
  ]
}
