variable "address" {
  description = "Where people see it, when something before it signs them in; null: under its own address alone."
  type        = string
  default     = null

  validation {
    condition     = var.address == null || can(regex("^https://[a-z0-9.-]+(/.*)?$", var.address))
    error_message = "Set the address of MLflow to https://HOST, e.g. https://mlflow.example.com."
  }
}

variable "deletion_protection" {
  description = "Whether server and database refuse to be deleted, and the database can be restored to any minute."
  type        = bool
}

variable "image" {
  description = "Image of the server, by digest."
  type        = string

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "Set image by its digest, NAME@sha256:..., as `quicktest cloud release` writes it: a tag can change."
  }
}

variable "memory" {
  description = "Memory of one instance; two workers of MLflow take about 700 MiB."
  type        = string
  default     = "2Gi"
}

variable "password_version" {
  description = "Raise it by one for another database password. Raise it, too, when an apply broke off between the secret and the user."
  type        = number
  default     = 1
}

variable "project_id" {
  description = "Project of server, database and artifacts."
  type        = string
}

variable "region" {
  description = "Region of all three: that of the functions."
  type        = string
}

variable "tier" {
  description = "Machine of the database. db-f1-micro is the smallest, and outside of Google's service level agreement."
  type        = string
  default     = "db-f1-micro"
}

variable "users" {
  description = "Who may see MLflow: user:..., group:... or serviceAccount:..."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for each in var.users : can(regex("^(user|group|serviceAccount|domain):", each))])
    error_message = "Begin each of users with its kind, e.g. \"group:analysts@example.com\"; allUsers would make it public."
  }
}
