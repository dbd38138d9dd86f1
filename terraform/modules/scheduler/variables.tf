variable "attempt_deadline_s" {
  description = "How long an answer is waited for. Not below the function's own timeout: Scheduler begins no second call before the first has ended, so sweeps never overlap."
  type        = number
  default     = 540

  validation {
    condition     = var.attempt_deadline_s >= 15 && var.attempt_deadline_s <= 1800
    error_message = "Set attempt_deadline_s to 15 to 1800: Cloud Scheduler takes no other number."
  }
}

variable "function" {
  description = "The function that is called: its name and the address of its Cloud Run service."
  type        = object({ name = string, uri = string })
}

variable "project_id" {
  description = "Project of the job."
  type        = string
}

variable "region" {
  description = "Region of the function and of the job; Cloud Scheduler is not in every region (gcloud scheduler locations list)."
  type        = string
}

variable "schedule" {
  description = "When, in UTC, as a cron expression."
  type        = string
  default     = "* * * * *"
}
