"""What finished runs say together: index entries and the read models made of them (domain S7). Pure; numpy and optuna
are used here and nowhere else in `shared`."""
