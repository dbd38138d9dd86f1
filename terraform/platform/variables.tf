variable "customers" {
  description = "Projects that pull images, by the customer's name. custom_code_agent: whether Vertex AI's agent for custom code exists there, which the first pipeline makes; set it to true then."
  type = map(object({
    project_id        = string
    project_number    = string
    custom_code_agent = optional(bool, false)
  }))
  default = {}

  validation {
    condition     = alltrue([for each in values(var.customers) : can(regex("^[0-9]+$", each.project_number))])
    error_message = "Set project_number to digits: `terraform output project_number` of the customer's environment tells it."
  }
}

variable "deployers" {
  description = "Who deploys releases to customers' projects, as members, e.g. group:ml-platform@example.com."
  type        = set(string)
  default     = []
}

variable "project_id" {
  description = "The platform project. It must exist and have a billing account."
  type        = string
}

variable "region" {
  description = "Region of images and releases, best that of most customers' runs: a GPU image of several GB crosses regions at a price with each run elsewhere."
  type        = string
}
