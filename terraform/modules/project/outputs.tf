output "agents" {
  description = "Service agents by their service, as members for grants."
  value       = local.agents
  depends_on  = [google_project_iam_member.agents]
}

output "number" {
  description = "The project's number, which the names of service agents hold."
  value       = data.google_project.this.number
}

output "project_id" {
  description = "The project's id, known as soon as its APIs are on: what uses it waits for them."
  value       = var.project_id
  depends_on  = [google_project_service.services]
}
