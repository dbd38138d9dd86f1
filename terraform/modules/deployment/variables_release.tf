variable "release" {
  description = "What is deployed: written to release.auto.tfvars.json by `quicktest cloud release`; an earlier file is a rollback. null: everything but what runs code, which is how a new project begins."
  type = object({
    version           = string
    functions_archive = string
    images = object({
      compiler    = string
      mlflow      = string
      trainer     = string
      trainer_gpu = string
      worker      = string
    })
  })
  default = null

  validation {
    condition     = var.release == null || can(regex("^[0-9A-Za-z][0-9A-Za-z._-]*$", var.release.version))
    error_message = "Set release.version to letters, digits, dots and hyphens: it is part of a file's name."
  }
  validation {
    condition     = var.release == null || try(fileexists(var.release.functions_archive), false)
    error_message = "There is no file at release.functions_archive. Write the release anew with `quicktest cloud release`, or mend its path."
  }
  validation {
    condition     = var.release == null || alltrue([for image in values(try(var.release.images, {})) : can(regex("@sha256:[0-9a-f]{64}$", image))])
    error_message = "Name each of release.images by its digest, NAME@sha256:..., as `quicktest cloud release` does: a tag can change."
  }
}
