variable "backups" {
  description = "How long daily and weekly backups are kept; 0: none are made. Google keeps them for at most 14 weeks."
  type = object({
    daily_days   = optional(number, 14)
    weekly_weeks = optional(number, 14)
  })
  default = {}

  validation {
    condition     = var.backups.daily_days >= 0 && var.backups.daily_days <= 98 && var.backups.weekly_weeks >= 0 && var.backups.weekly_weeks <= 14
    error_message = "Set backups.daily_days to 0-98 and backups.weekly_weeks to 0-14: Google keeps a backup for at most 14 weeks."
  }
}

variable "deletion_protection" {
  description = "Whether the database refuses to be deleted; when it does not, it goes with `terraform destroy`."
  type        = bool
}

variable "indexes_file" {
  description = "Path of firestore.indexes.json."
  type        = string
}

variable "location" {
  description = "Where the documents are: nam5, eur3 or a region. It can never be changed."
  type        = string
}

variable "point_in_time_recovery" {
  description = "Whether what was overwritten stays readable for seven days; it is stored, and billed, like the rest."
  type        = bool
}

variable "project_id" {
  description = "Project of the database."
  type        = string
}

variable "rules_file" {
  description = "Path of firestore.rules."
  type        = string
}
