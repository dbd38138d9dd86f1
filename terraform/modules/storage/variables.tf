variable "deletion_protection" {
  description = "Whether `terraform destroy` refuses a data bucket that holds objects."
  type        = bool
}

variable "location" {
  description = "Region of the buckets: that of the functions, as events of a bucket are only delivered in its own region, and builds and pipelines read it."
  type        = string
}

variable "project_id" {
  description = "Project of the buckets, whose names begin with it."
  type        = string
}

variable "soft_delete_days" {
  description = "Days for which deleted objects can be had back, and are billed; 0: none, otherwise at least 7."
  type        = number
  default     = 7

  validation {
    condition     = var.soft_delete_days == 0 || (var.soft_delete_days >= 7 && var.soft_delete_days <= 90)
    error_message = "Set soft_delete_days to 0, or to 7-90: Cloud Storage allows nothing between."
  }
}
