# Who may sign in. Signing in alone shows nothing: the rules read the role that `quicktest grant` gives.
#
# There is no `sign_in` here: without e-mail, telephone and anonymous sign-in is how a project begins, and `false` is
# neither sent by the provider nor told by the service, so a plan would never be empty. Google's is switched on by hand.

resource "google_identity_platform_config" "this" {
  project = google_firebase_project.this.project

  authorized_domains = distinct(concat(
    ["${var.project_id}.firebaseapp.com", "${var.project_id}.web.app"],
    var.authorized_domains,
  ))

  client {
    permissions {
      # `quicktest grant` needs the account that the first sign-in makes.
      disabled_user_signup   = false
      disabled_user_deletion = true
    }
  }

  monitoring {
    request_logging {
      enabled = true
    }
  }

  # Last: it is set up once, and then set. Where its API is not known everywhere in between, the next apply is told that it
  # is there already, and wants an import.
  depends_on = [google_firebase_hosting_site.page]
}
