variable "deletion_protection" {
  description = "Whether `terraform destroy` refuses a bucket that holds releases."
  type        = bool
  default     = true
}

variable "kept_days" {
  description = "Days after which an image may go, unless it is among the recent ones: a rerun needs the images of its original."
  type        = number
  default     = 365

  validation {
    condition     = var.kept_days >= 30
    error_message = "Set kept_days to at least 30: runs that are under way, and their reruns, need the images that they name."
  }
}

variable "kept_versions" {
  description = "Number of recent versions of each image that stay however old they are."
  type        = number
  default     = 10

  validation {
    condition     = var.kept_versions >= 2
    error_message = "Set kept_versions to at least 2: a rollback needs the version before."
  }
}

variable "project_id" {
  description = "Project of the repository and of the bucket of releases."
  type        = string
}

variable "readers" {
  description = "Who may pull images, as members by any key that is known while planning."
  type        = map(string)
  default     = {}
}

variable "region" {
  description = "Region of both; images are pulled fastest where runs take place."
  type        = string
}
