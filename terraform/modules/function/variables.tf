variable "build_identity" {
  description = "E-mail of the service account that Cloud Build builds the function with."
  type        = string
}

variable "capabilities" {
  description = "What the function may use: the ports of functions/services.py by name."
  type        = set(string)
  default     = []

  validation {
    condition = length(setsubtract(var.capabilities, [
      "builds", "documents", "logs", "mlflow", "objects", "pipelines", "warehouse",
    ])) == 0
    error_message = "Capabilities are builds, documents, logs, mlflow, objects, pipelines and warehouse; remove others."
  }
}

variable "dead_letter_topic" {
  description = "Full name, known to a plan, of the topic that takes what was delivered in vain; null for the function that reads it."
  type        = string
  default     = null
}

variable "delivery" {
  description = "Deliveries of one event: at most `attempts`, with waits that double from the shortest to the longest."
  type = object({
    attempts        = optional(number, 20)
    longest_wait_s  = optional(number, 600)
    shortest_wait_s = optional(number, 10)
  })
  default = {}

  validation {
    condition     = var.delivery.attempts >= 5 && var.delivery.attempts <= 100
    error_message = "Set delivery.attempts to 5 to 100: Pub/Sub takes no other number."
  }
  validation {
    condition = (
      0 <= var.delivery.shortest_wait_s &&
      var.delivery.shortest_wait_s <= var.delivery.longest_wait_s &&
      var.delivery.longest_wait_s <= 600
    )
    error_message = "Set the waits of delivery to 0 to 600 s, the shortest not above the longest."
  }
}

variable "document_events" {
  description = "Eventarc triggers on Firestore documents, by trigger name, e.g. {on-draft-written = {type = \"….written\", pattern = \"drafts/{id}\"}}."
  type = map(object({
    type     = string
    pattern  = string
    database = optional(string, "(default)")
  }))
  default = {}

  validation {
    condition = alltrue([
      for event in values(var.document_events) : startswith(event.type, "google.cloud.firestore.document.v1.")
    ])
    error_message = "Use a full type, e.g. google.cloud.firestore.document.v1.written."
  }
  validation {
    condition     = length(var.document_events) == 0 || var.dead_letter_topic != null
    error_message = "Set dead_letter_topic: no document's event may be dropped."
  }
}

variable "document_location" {
  description = "The database's location, a region or nam5 or eur3: triggers on documents are refused elsewhere. null: region."
  type        = string
  default     = null
}

variable "entry_point" {
  description = "Name in functions/main.py."
  type        = string
}

variable "environment" {
  description = "What functions/config.py reads."
  type        = map(string)
  default     = {}
}

variable "events_identity" {
  description = "E-mail of the service account that events and messages are delivered as."
  type        = string
}

variable "grants" {
  description = "What the capabilities are about; each needs only its own: objects a bucket, builds and pipelines an identity …"
  type = object({
    bucket             = optional(string)
    builds_identity    = optional(string)
    datasets           = optional(list(string), []) # "dataset" or "project.dataset"; none: all of the project
    mlflow_service     = optional(string)
    pipeline_jobs_role = optional(string)
    pipelines_identity = optional(string)
  })
  default = {}
}

variable "image_repository" {
  description = "Full name of the Artifact Registry repository that its image is kept in, in the function's region."
  type        = string
}

variable "labels" {
  description = "Labels of all that can have them."
  type        = map(string)
  default     = {}
}

variable "name" {
  description = "Name of the function, of its Cloud Run service and, after fn-, of its service account."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,25}[a-z0-9]$", var.name))
    error_message = "Use 3 to 27 lower-case letters, digits and hyphens: with fn- before it the name is a service account's, of at most 30."
  }
}

variable "object_events" {
  description = "Eventarc triggers on finalised objects, by trigger name. The location is the bucket's own, lower-case."
  type        = map(object({ bucket = string, location = string }))
  default     = {}

  validation {
    condition     = length(var.object_events) == 0 || var.dead_letter_topic != null
    error_message = "Set dead_letter_topic: no object's event may be dropped."
  }
}

variable "project_id" {
  description = "Project of the function."
  type        = string
}

variable "pubsub_agent" {
  description = "Pub/Sub's service agent as a member, serviceAccount:service-NUMBER@gcp-sa-pubsub.iam.gserviceaccount.com."
  type        = string
}

variable "region" {
  description = "Region of the function."
  type        = string
}

variable "resources" {
  description = "Size of an instance, requests it takes at once, and how many instances there may be."
  type = object({
    concurrency   = optional(number, 8)
    cpu           = optional(string, "1")
    max_instances = optional(number, 10)
    memory        = optional(string, "512Mi")
    timeout_s     = optional(number, 300)
  })
  default = {}

  validation {
    condition     = var.resources.concurrency == 1 || tonumber(var.resources.cpu) >= 1
    error_message = "Set resources.cpu to 1 or more, or concurrency to 1: less than one processor takes one request at once."
  }
  validation {
    condition     = var.resources.timeout_s <= 300
    error_message = "Set resources.timeout_s to at most 300: leases in shared/lifecycle/table.py end after 330 s, and whoever held one must be gone by then."
  }
}

variable "source_archive" {
  description = "Where the archive of the functions lies. The object's name changes with its content, else nothing is deployed."
  type        = object({ bucket = string, object = string })
}

variable "subscriptions" {
  description = "Pub/Sub subscriptions that push to the function: name of the subscription → full name of its topic."
  type        = map(string)
  default     = {}
}
