variable "bigquery_datasets" {
  description = "Datasets that runs may read, \"dataset\" or \"project.dataset\"; none: all of the project."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for name in var.bigquery_datasets : can(regex("^([a-z][a-z0-9-]+\\.)?[A-Za-z0-9_]+$", name))])
    error_message = "Write each of bigquery_datasets as \"dataset\" or \"project.dataset\", without a table."
  }
}

variable "bucket" {
  description = "Name of the data bucket. It has uniform access, without which conditions on folders are refused."
  type        = string
}

variable "cloudbuild_agent" {
  description = "Cloud Build's service agent as a member, serviceAccount:service-NUMBER@gcp-sa-cloudbuild.iam.gserviceaccount.com."
  type        = string
}

variable "labels" {
  description = "Labels of the topics."
  type        = map(string)
  default     = {}
}

variable "project_id" {
  description = "Project that runs take place in."
  type        = string
}

variable "repository" {
  description = "Artifact Registry repository of the images; null: its reader rights are granted elsewhere."
  type        = object({ project = string, location = string, name = string })
  default     = null
}

variable "work_bucket" {
  description = "Name of the bucket that Beam stages in."
  type        = string
}
