output "builder" {
  description = "E-mail of the account that images are built as."
  value       = module.registry.builder
}

output "releases_bucket" {
  description = "Bucket of archives and records of releases."
  value       = module.registry.releases_bucket
}

output "repository" {
  description = "Address of the repository of images."
  value       = module.registry.repository
}
