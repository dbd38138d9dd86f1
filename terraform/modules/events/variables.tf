variable "agents" {
  description = "Service agents of module project, as its output says them: once they have their roles."
  type        = map(string)
}

variable "project_id" {
  description = "Project of the identity."
  type        = string
}

variable "wait_s" {
  description = "How long the first apply waits for new rights to be known everywhere."
  type        = number
  default     = 120
}
