variable "admins" {
  description = "E-mail addresses that alerts are sent to."
  type        = set(string)
}

variable "backups" {
  description = "What protects against mistakes: backups of Firestore in days and weeks, its log of seven days, and days for which deleted objects can be had back. All of it is billed by size."
  type = object({
    daily_days             = optional(number, 14)
    weekly_weeks           = optional(number, 14)
    point_in_time_recovery = optional(bool, true)
    soft_delete_days       = optional(number, 7)
  })
  default = {}
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

variable "deletion_protection" {
  description = "Whether database, data bucket and MLflow refuse to be deleted."
  type        = bool
  default     = true
}

variable "max_running" {
  description = "Experiments that run at once. Each is a Vertex AI pipeline, so the project's quotas for these and for machines must allow as many."
  type        = number
  default     = 20

  validation {
    condition     = var.max_running >= 1 && floor(var.max_running) == var.max_running
    error_message = "Set max_running to a whole number of at least 1."
  }
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

variable "runbook_url" {
  description = "Address of the folder docs/runbook in your copy of the repository; alerts link to it."
  type        = string
}
