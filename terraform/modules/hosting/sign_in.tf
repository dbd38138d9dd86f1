# Who may sign in. Signing in alone shows nothing: the rules read the role that `quicktest grant` gives.

resource "google_identity_platform_config" "this" {
  project = google_firebase_project.this.project

  authorized_domains = distinct(concat(
    ["${var.project_id}.firebaseapp.com", "${var.project_id}.web.app"],
    var.authorized_domains,
  ))

  sign_in {
    allow_duplicate_emails = false
    # Somebody without a name could not be given a role, nor be told apart.
    anonymous {
      enabled = false
    }
    # Passwords of our own would have to be looked after; the page offers Google's sign-in.
    email {
      enabled           = false
      password_required = false
    }
    phone_number {
      enabled = false
    }
  }

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
}
