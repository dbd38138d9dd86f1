variable "admins" {
  description = "E-mail addresses that alerts and the budget are sent to."
  type        = set(string)

  validation {
    condition     = alltrue([for each in var.admins : can(regex("^[^@\\s]+@[^@\\s]+$", each))])
    error_message = "Each of admins must be one e-mail address, e.g. [\"ml-platform@example.com\"]."
  }
}

variable "budget" {
  description = "Monthly budget of the project, in whole units of the billing account's currency; null: none."
  type = object({
    billing_account = string
    monthly         = number
    currency        = optional(string, "USD")
  })
  default = null

  validation {
    condition     = var.budget == null || try(var.budget.monthly >= 1 && floor(var.budget.monthly) == var.budget.monthly, false)
    error_message = "Set budget.monthly to a whole number of at least 1, or budget to null."
  }
  validation {
    condition     = var.budget == null || can(regex("^[0-9A-F]{6}(-[0-9A-F]{6}){2}$", var.budget.billing_account))
    error_message = "Set budget.billing_account to the account's id, like 012345-6789AB-CDEF01 (gcloud billing accounts list)."
  }
}

variable "channels" {
  description = "Names of notification channels that exist already and are used too, e.g. of a webhook or a topic, whose secrets do not belong into this state."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for each in var.channels : can(regex("^projects/[^/]+/notificationChannels/[^/]+$", each))])
    error_message = "Each of channels must be a full name, projects/PROJECT/notificationChannels/NUMBER (gcloud beta monitoring channels list)."
  }
}

variable "dead_letters_subscription" {
  description = "Name of the pull subscription that keeps what came to the topic dead-letters."
  type        = string
  default     = "dead-letters-kept"
}

variable "mlflow_service" {
  description = "Name of MLflow's Cloud Run service; null: there is none."
  type        = string
  default     = null
}

variable "page_host" {
  description = "Host of the page, without https://; null: its uptime is not checked."
  type        = string
  default     = null

  validation {
    condition     = var.page_host == null || can(regex("^[a-z0-9.-]+$", var.page_host))
    error_message = "Set page_host to a host alone, e.g. acme-quicktest.web.app, without https:// and path."
  }
}

variable "project_id" {
  description = "Project that is watched."
  type        = string
}

variable "project_number" {
  description = "Number of that project, by which a budget knows it."
  type        = string
}

variable "runbook_url" {
  description = "Address of the folder with the runbook; a page is appended as /stuck-runs.md."
  type        = string

  validation {
    condition     = startswith(var.runbook_url, "https://")
    error_message = "Set runbook_url to the https:// address of docs/runbook in your copy of the repository."
  }
}

variable "subscriptions" {
  description = "Subscriptions that bring events to the functions, by any key: names, or projects/PROJECT/subscriptions/NAME."
  type        = map(string)
  default     = {}
}
