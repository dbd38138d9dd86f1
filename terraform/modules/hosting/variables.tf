variable "authorized_domains" {
  description = "Further domains that the page is served under, and may be signed in to from; the project's own two always are."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for each in var.authorized_domains : can(regex("^[a-z0-9.-]+$", each))])
    error_message = "Set authorized_domains to hosts alone, e.g. experiments.example.com, without https:// and path."
  }
}

variable "display_name" {
  description = "Name of the page's app in Firebase's console."
  type        = string
  default     = "Quicktest"
}

variable "mlflow_address" {
  description = "Where people see MLflow, which the page links to; null: no link."
  type        = string
  default     = null
}

variable "project_id" {
  description = "Project of page and accounts."
  type        = string
}
