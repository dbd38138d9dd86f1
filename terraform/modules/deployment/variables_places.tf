# Where things are. Firestore's place can never be changed, a bucket's only by a new bucket: decide before the first apply.

variable "dataflow_region" {
  description = "Where Dataflow reads and transforms; null: where the run is. Set it to the region of the warehouse when that is another than the runs' (bytes that cross regions are billed), or to one with free quota for workers."
  type        = string
  default     = null

  validation {
    condition     = var.dataflow_region == null || can(regex("^[a-z]+-[a-z]+[0-9]+$", var.dataflow_region))
    error_message = "Set dataflow_region to a region such as europe-west4, or to null to use the run's."
  }
}

variable "firestore_location" {
  description = "Where the documents are. A region close to `region` makes a step of a run fast; nam5 (closest to us-central1) and eur3 (to europe-west1 and europe-west4) survive the loss of a region and cost about twice."
  type        = string

  validation {
    condition     = contains(["nam5", "eur3"], var.firestore_location) || can(regex("^[a-z]+-[a-z]+[0-9]+$", var.firestore_location))
    error_message = "Set firestore_location to nam5, eur3 or a region such as europe-west4 (gcloud firestore locations list)."
  }
}

variable "region" {
  description = "Where functions, buckets, builds and MLflow are, and where an experiment runs that does not say otherwise. Vertex AI Pipelines, Cloud Functions and Eventarc must be offered there."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "Set region to one region such as europe-west4, not to a zone (europe-west4-a) or a multi-region (eu)."
  }
}

variable "regions" {
  description = "Where runs may take place besides `region`, in the order in which attempts go on when machines are missing. Each must offer the hardware tiers in use; outputs stay in the bucket's region, so bytes cross regions."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for each in var.regions : can(regex("^[a-z]+-[a-z]+[0-9]+$", each))])
    error_message = "Set regions to a list of regions such as [\"europe-west1\", \"europe-west3\"], without zones."
  }
  validation {
    condition     = length(distinct(concat([var.region], var.regions))) == length(var.regions) + 1
    error_message = "Name each of regions once, and without `region`, which always comes first."
  }
}

variable "subnetwork" {
  description = "Subnetwork of Dataflow's workers, regions/REGION/subnetworks/NAME with Private Google Access: they get no public addresses then. null: the default network, with public addresses."
  type        = string
  default     = null

  validation {
    condition     = var.subnetwork == null || can(regex("^(https://www\\.googleapis\\.com/compute/v1/)?(projects/[^/]+/)?regions/[^/]+/subnetworks/[^/]+$", var.subnetwork))
    error_message = "Set subnetwork to regions/REGION/subnetworks/NAME, or projects/HOST/regions/REGION/subnetworks/NAME of a shared network."
  }
  validation {
    condition     = var.subnetwork == null || strcontains(coalesce(var.subnetwork, "-"), "regions/${coalesce(var.dataflow_region, var.region)}/")
    error_message = "A subnetwork belongs to one region: name one of dataflow_region (of region when that is null)."
  }
  validation {
    condition     = var.subnetwork == null || length(var.regions) == 0 || var.dataflow_region != null
    error_message = "Runs of other regions could not use the subnetwork: set dataflow_region to its region, or regions to []."
  }
}
