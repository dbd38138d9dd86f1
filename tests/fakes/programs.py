#!/usr/bin/env python3
"""gcloud, terraform, npm and node as far as `quicktest cloud` calls them: each call is noted, and what it changes is in
one JSON file. A test puts links to this file on PATH, named like the programs; FAKE_CLOUD names the folder."""

import json
import os
import sys
from pathlib import Path

TOKEN = "ya29.canary-of-a-token"
NOT_SEEN = (
    "ERROR: (gcloud.projects.describe) User [op@example.com] does not have permission to access projects instance "
    "[{}] (or it may not exist): The caller does not have permission"
)
PROVIDERS = ".terraform.lock.hcl"
DIGEST = "@sha256:" + "0123456789abcdef" * 4
IMAGES = ("compiler", "trainer", "trainer_gpu", "worker", "mlflow")


class Refusal(Exception):
    pass


class Call:
    def __init__(self, program, words, folder, environment):
        self.program, self.words, self.folder, self.environment = program, words, folder, environment
        self.plain = [word for word in words if not word.startswith("-")]
        self.options = dict(word.lstrip("-").partition("=")[::2] for word in words if word.startswith("-"))


def main() -> int:
    call = Call(Path(sys.argv[0]).name, sys.argv[1:], Path.cwd(), os.environ)
    code, out, err = answer(Path(os.environ["FAKE_CLOUD"]), call)
    print(out, end="")
    print(err, end="", file=sys.stderr)
    return code


def answer(home, call):
    """Exit code and what is printed; the file in `home` is changed."""
    path = home / "state.json"
    state = json.loads(path.read_text())
    line = " ".join([call.program, *call.words])
    with (home / "calls.log").open("a") as log:
        log.write(line + "\n")
    for beginning, message in state["refusals"].items():
        if line.startswith(beginning):
            return 1, "", message
    code, out, err = 0, "", ""
    try:
        code, out = PROGRAMS[call.program](state, call)
    except Refusal as refusal:
        code, err = 1, str(refusal)
    path.write_text(json.dumps(state, indent=1, sort_keys=True))
    return code, out, err


def gcloud(state, call):
    for count in (4, 3, 2):
        if handler := GCLOUD.get(" ".join(call.plain[:count])):
            said = handler(state, call.plain[count:], call.options)
            return 0, "" if said is None else said if isinstance(said, str) else json.dumps(said)
    raise Refusal(f"ERROR: (gcloud) Invalid choice: {' '.join(call.plain)}")


def _project(state, name):
    if name not in state["projects"]:
        raise Refusal(NOT_SEEN.format(name))
    return state["projects"][name]


def _describe_project(state, words, options):
    _project(state, words[0])
    return {"projectId": words[0], "projectNumber": "123456789012", "lifecycleState": "ACTIVE"}


def _create_project(state, words, options):
    state["projects"][words[0]] = {"billing": None, "apis": []}


def _describe_billing(state, words, options):
    account = _project(state, words[0])["billing"]
    return {"billingAccountName": f"billingAccounts/{account}" if account else "", "billingEnabled": bool(account)}


def _link_billing(state, words, options):
    _project(state, words[0])["billing"] = options["billing-account"]


def _services(state, words, options):
    return [{"config": {"name": name}} for name in _project(state, options["project"])["apis"]]


def _enable(state, words, options):
    apis = _project(state, options["project"])["apis"]
    apis += [name for name in words if name not in apis]


def _bucket(state, words, options):
    if words[0] not in state["buckets"]:
        raise Refusal(f"ERROR: (gcloud.storage.buckets.describe) {words[0]} not found: 404.")
    return state["buckets"][words[0]]


def _create_bucket(state, words, options):
    state["buckets"][words[0]] = {
        "versioning_enabled": False,
        "uniform_bucket_level_access": "uniform-bucket-level-access" in options,
        "public_access_prevention": "enforced" if "public-access-prevention" in options else "inherited",
    }


def _update_bucket(state, words, options):
    state["buckets"][words[0]]["versioning_enabled"] |= "versioning" in options


def _object(state, words, options):
    if words[0] not in state["objects"]:
        raise Refusal(f"ERROR: (gcloud.storage.objects.describe) {words[0]} not found: 404.")
    return {"name": words[0]}


def _copy(state, words, options):
    source, target = words
    if target.startswith("gs://"):
        state["objects"].setdefault(target, Path(source).read_bytes().hex())
    else:
        Path(target).write_bytes(bytes.fromhex(state["objects"][source]))


def _cat(state, words, options):
    return bytes.fromhex(state["objects"][words[0]]).decode()


def _build(state, words, options):
    values = dict(each.split("=", 1) for each in options["substitutions"].split(","))
    for name in IMAGES:
        record = {"name": name, "image": f"{values['_REPOSITORY']}/{name}{DIGEST}", "sources": values["_SOURCES"]}
        url = f"gs://{values['_RELEASES']}/{values['_VERSION']}/images/{name}.json"
        state["objects"][url] = json.dumps(record).encode().hex()


GCLOUD = {
    "auth list": lambda *_: [{"account": "op@example.com", "status": "ACTIVE"}],
    "auth application-default print-access-token": lambda *_: TOKEN,
    "projects describe": _describe_project,
    "projects create": _create_project,
    "billing projects describe": _describe_billing,
    "billing projects link": _link_billing,
    "services list": _services,
    "services enable": _enable,
    "storage buckets describe": _bucket,
    "storage buckets create": _create_bucket,
    "storage buckets update": _update_bucket,
    "storage objects describe": _object,
    "storage cp": _copy,
    "storage cat": _cat,
    "builds submit": _build,
}


def terraform(state, call):
    word = call.plain[0]
    if word == "version":
        return 0, json.dumps({"terraform_version": state["terraform"]})
    backend = call.folder / call.environment["TF_DATA_DIR"] / "backend"
    if word == "init":
        return _init(state, call, backend)
    place = backend.read_text()
    applied = state["applied"].get(place)
    if word == "output":
        return 0, json.dumps({name: {"value": value} for name, value in _outputs(applied).items()})
    if word == "plan":
        if not (call.folder / PROVIDERS).exists():
            raise Refusal("Error: Inconsistent dependency lock file")
        wanted = json.loads(Path(call.options["var-file"]).read_text())
        if "out" in call.options:
            (call.folder / call.options["out"]).write_text(json.dumps(wanted))
        return 0 if wanted == applied else 2, f"{state.get('plan', '')}Plan: something about {wanted['project_id']}"
    planned = call.folder / (call.plain[1] if len(call.plain) > 1 else call.options["var-file"])
    state["applied"][place] = json.loads(planned.read_text())
    if state["soon"]:
        state["soon"] -= 1
        raise Refusal('Error: Error creating AlertPolicy: Cannot find metric that matches type = "stuck"')
    return 0, ""


def _init(state, call, backend):
    pairs = [word.removeprefix("-backend-config=") for word in call.words if word.startswith("-backend-config=")]
    bucket, prefix = (pair.split("=", 1)[1] for pair in pairs)
    if f"gs://{bucket}" not in state["buckets"]:
        raise Refusal("Error: Failed to get existing workspaces\n\nstorage: bucket doesn't exist")
    backend.parent.mkdir(parents=True, exist_ok=True)
    backend.write_text(f"{bucket}/{prefix}")
    (call.folder / PROVIDERS).touch()
    return 0, ""


def _outputs(applied):
    if not applied:
        return {}
    project = applied["project_id"]
    shelf = {
        "builder": f"image-builder@{project}.iam.gserviceaccount.com",
        "releases_bucket": f"{project}-quicktest-releases",
        "repository": f"{applied['region']}-docker.pkg.dev/{project}/quicktest",
    }
    if "customers" in applied:
        return shelf
    return {
        "environment": {"GOOGLE_CLOUD_PROJECT": project, "QUICKTEST_REGION": applied["region"]},
        "hosting_site": project,
        "page_config": {
            "projectId": project,
            "apiKey": "AIza-key-of-the-page",
            "authDomain": f"{project}.firebaseapp.com",
        },
        "registry": shelf if applied["own_registry"] else None,
    }


def npm(state, call):
    (call.folder / "dist").mkdir(exist_ok=True)
    (call.folder / "dist/index.html").write_text("<title>Quicktest</title>")
    return 0, ""


def node(state, call):
    if "version" in call.options:
        return 0, "v22.12.0"
    hosting = json.loads((call.folder / "firebase.json").read_text())["hosting"]
    state["sites"][hosting["site"]] = {
        "index": (call.folder / "public/index.html").read_text(),
        "config": (call.folder / "public/config.json").read_text(),
        "policy": hosting["headers"][0]["headers"][0]["value"],
    }
    return 0, ""


PROGRAMS = {"gcloud": gcloud, "terraform": terraform, "npm": npm, "node": node}

if __name__ == "__main__":
    sys.exit(main())
