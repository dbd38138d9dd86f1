# What of a run is kept for how long (S5.14). An object goes when its name begins with one of `prefixes`, ends with one of
# `suffixes` (empty: whatever it ends with), and was written `days` ago. What no rule names stays until its experiment
# is deleted: frozen configs, code, curves, results, customers, statistics, schema.
#
# A rule knows names and ages, but not stars. A starred run keeps its objects by holds, which the sweep places
# (functions/keeping.py): what is held is never deleted by a rule. Specs and answers of baselines belong to no run and
# are made anew where they miss.

locals {
  retention = [
    {
      # Examples and transformed examples: nothing else of a run is compressed.
      days = 7, prefixes = ["experiments/"], suffixes = [".gz"]
    },
    {
      # The files of a saved model; those of Transform's graph are named alike and go with them.
      days = 30, prefixes = ["experiments/"], suffixes = [
        "/saved_model.pb", "/fingerprint.pb", "/keras_metadata.pb", "/variables.index", "/variables.data-00000-of-00001",
      ]
    },
    {
      # Logs of stages.
      days = 30, prefixes = ["experiments/"], suffixes = [".jsonl"]
    },
    {
      # Compiled specs and answers of baselines. Modules stay: they are small, and one that went
      # while a run is about to read it would fail that run.
      days = 30, prefixes = ["specs/", "baselines/"], suffixes = []
    },
  ]
}
