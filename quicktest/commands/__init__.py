"""The commands; each module registers its own. Slow imports wait in the commands, so `--help` is quick."""
