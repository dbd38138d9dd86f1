# The page's place and the people's door. Its files are uploaded by `quicktest cloud page`: they belong to a release.

resource "google_firebase_project" "this" {
  provider = google-beta
  project  = var.project_id
}

resource "google_firebase_web_app" "page" {
  provider        = google-beta
  project         = google_firebase_project.this.project
  display_name    = var.display_name
  deletion_policy = "DELETE"
}

data "google_firebase_web_app_config" "page" {
  provider   = google-beta
  project    = google_firebase_project.this.project
  web_app_id = google_firebase_web_app.page.app_id
}

resource "google_firebase_hosting_site" "page" {
  provider = google-beta
  project  = google_firebase_project.this.project
  # Site ids are unique in the world: the project's own is ours already, and made with the project. Nor can it be deleted.
  site_id         = var.project_id
  app_id          = google_firebase_web_app.page.app_id
  deletion_policy = "ABANDON"
}
