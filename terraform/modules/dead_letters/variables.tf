variable "labels" {
  description = "Labels of the topic and its subscription."
  type        = map(string)
  default     = {}
}

variable "project_id" {
  description = "Project of the topic."
  type        = string
}

variable "pubsub_agent" {
  description = "Pub/Sub's service agent as a member, serviceAccount:service-NUMBER@gcp-sa-pubsub.iam.gserviceaccount.com."
  type        = string
}
